package kvstore.protocol;

import java.util.Locale;

/** Properties of a command, as {@code COMMAND INFO} names them. */
public enum Flag {
  WRITE,
  READONLY,
  DENYOOM,
  ADMIN,
  PUBSUB,
  NOSCRIPT,
  BLOCKING,
  LOADING,
  STALE,
  NO_AUTH,
  FAST,
  ALLOW_BUSY,
  NO_ASYNC_LOADING,
  NO_MULTI,
  MOVABLEKEYS,
  SKIP_MONITOR,
  SKIP_SLOWLOG;

  /** The name on the wire. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
