package kvstore.server.router;

import kvstore.protocol.Reply;

/** Receives the one reply to a command, on any thread; must not block. */
@FunctionalInterface
public interface ReplyHandler {
  void reply(Reply reply);
}
