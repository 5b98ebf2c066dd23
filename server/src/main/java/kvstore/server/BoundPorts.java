package kvstore.server;

import java.io.IOException;
import kvstore.server.config.Endpoints;

/** The ports for clients, as they were had. */
@FunctionalInterface
interface BoundPorts {

  /**
   * Where the node listens; waits until the client ports are bound.
   *
   * @throws IOException if one cannot be had
   */
  Endpoints endpoints() throws IOException;
}
