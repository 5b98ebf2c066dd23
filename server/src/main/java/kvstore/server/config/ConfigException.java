package kvstore.server.config;

/** An option that stops the start; the message is the one line the operator sees. */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
