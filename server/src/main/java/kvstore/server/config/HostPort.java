package kvstore.server.config;

import java.util.regex.Pattern;

/** An address to listen on or to reach; an IPv6 address is written in brackets. */
public record HostPort(String host, int port) {

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,255}");

  /** Reads {@code host:port} or {@code [ipv6]:port}. */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("no port: " + text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("an IPv6 address needs brackets: " + text);
    }
    return new HostPort(checkHost(host), OptionType.intIn(text.substring(colon + 1), 1, 65535));
  }

  static String checkHost(String text) {
    String host = text.strip();
    if (!HOST.matcher(host).matches()) {
      throw new IllegalArgumentException("not a host: " + text);
    }
    return host;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
