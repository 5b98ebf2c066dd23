package kvstore.engine.command;

/** A log entry that this version cannot read: corrupt, or written by a newer version. */
public final class MalformedEntryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedEntryException(String message) {
    super(message);
  }
}
