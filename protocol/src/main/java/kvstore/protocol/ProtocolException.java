package kvstore.protocol;

/** The bytes are not of the protocol; nothing after them can be understood. */
public final class ProtocolException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong, as Redis says it, without {@code Protocol error: }
   */
  public ProtocolException(String message) {
    super(message, null, false, false); // comes from strangers at any rate: no stack trace
  }
}
