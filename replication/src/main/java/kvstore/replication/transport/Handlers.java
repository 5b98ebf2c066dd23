package kvstore.replication.transport;

import org.jspecify.annotations.Nullable;

/** What answers the methods that a peer may ask for. Thread-safe. */
interface Handlers {

  /** Null if the peer may not ask for the method, or nothing answers it. */
  HandlerTable.@Nullable Entry get(int method);
}
