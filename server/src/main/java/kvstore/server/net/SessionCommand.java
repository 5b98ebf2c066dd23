package kvstore.server.net;

import kvstore.protocol.Reply;

/** A command that the connection layer itself runs, on the connection's event loop. */
@FunctionalInterface
interface SessionCommand {

  /**
   * Answers {@code slot} now or later; must not block.
   *
   * @param arguments name first; the arity is checked already
   */
  void run(Session session, byte[][] arguments, ReplySlot slot);

  /** Has the answer to a command at once. */
  @FunctionalInterface
  interface Answering {
    Reply answer(Session session, byte[][] arguments);
  }

  /** A command that is answered at once; it can stand in a transaction. */
  record Immediate(Answering command) implements SessionCommand {

    @Override
    public void run(Session session, byte[][] arguments, ReplySlot slot) {
      slot.reply(answer(session, arguments));
    }

    Reply answer(Session session, byte[][] arguments) {
      return command.answer(session, arguments);
    }
  }
}
