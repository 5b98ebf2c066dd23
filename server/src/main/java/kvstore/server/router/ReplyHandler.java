package kvstore.server.router;

import kvstore.protocol.Reply;

/**
 * Receives the one answer to a command: exactly one method is called, once, on any thread. Must not
 * block.
 */
public interface ReplyHandler {
  void reply(Reply reply);

  void failed(Unavailable reason);
}
