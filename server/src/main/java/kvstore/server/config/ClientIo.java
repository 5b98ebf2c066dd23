package kvstore.server.config;

import java.util.Locale;

/** What the event loops that serve clients read and write with. */
public enum ClientIo {
  /** The first of the others that this system offers, in the order they stand in. */
  AUTO,
  /** Linux 6.0 or newer, unless it is forbidden, as in many containers. */
  IO_URING,
  /** Linux. */
  EPOLL,
  /** Java's selectors, on any system. */
  NIO;

  /** As in the option's value and in INFO. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
