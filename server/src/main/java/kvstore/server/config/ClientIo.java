package kvstore.server.config;

/** What the event loops that serve clients read and write with. */
public enum ClientIo {
  /** The first of the others that this system offers, in the order they stand in. */
  AUTO,
  /** Linux 6.0 or newer, unless it is forbidden, as in many containers. */
  IO_URING,
  /** Linux. */
  EPOLL,
  /** Java's selectors, on any system. */
  NIO
}
