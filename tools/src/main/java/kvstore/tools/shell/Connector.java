package kvstore.tools.shell;

import java.io.IOException;
import kvstore.tools.RespConnection;

/** Where connections come from. */
@FunctionalInterface
public interface Connector {

  /**
   * A new connection, logged in. May wait, within bounds, for a server that is starting.
   *
   * @throws IOException if there is none to be had; its message says why in one sentence
   */
  RespConnection connect() throws IOException;
}
