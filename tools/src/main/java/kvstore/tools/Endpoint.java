package kvstore.tools;

/** A host and a port, as {@code host:port}. */
public record Endpoint(String host, int port) {

  public static final String DEFAULT_HOST = "127.0.0.1";
  public static final int DEFAULT_PORT = 7379;

  /**
   * Reads {@code host:port}, {@code host} or {@code [v6]:port}.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    boolean portGiven = colon >= 0 && text.indexOf(']', colon) < 0;
    String host = portGiven ? text.substring(0, colon) : text;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isEmpty()) {
      throw new IllegalArgumentException("expected host:port, got '" + text + "'");
    }
    return new Endpoint(host, portGiven ? port(text.substring(colon + 1), text) : DEFAULT_PORT);
  }

  private static int port(String digits, String text) {
    try {
      int port = Integer.parseInt(digits);
      if (port > 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("expected a port from 1 to 65535 in '" + text + "'");
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
