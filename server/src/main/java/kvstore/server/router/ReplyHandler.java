package kvstore.server.router;

import kvstore.protocol.Reply;

/**
 * Receives the one answer to a command: exactly one method is called, once, on any thread. Must not
 * block.
 */
public interface ReplyHandler {
  void reply(Reply reply);

  void failed(Unavailable reason);

  /**
   * Whether something that was sent after this command, and must take effect after it, may have
   * been dispatched already. Any thread.
   */
  default boolean isFollowed() {
    return true;
  }
}
