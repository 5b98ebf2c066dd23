package kvstore.server.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static kvstore.server.net.Arguments.lower;

import java.util.function.Consumer;
import kvstore.protocol.Reply;
import kvstore.server.router.ReplyHandler;
import kvstore.server.router.RoutedCommand;
import kvstore.server.router.Unavailable;

/** MEMORY USAGE and DOCTOR. */
final class MemoryCommand implements SessionCommand {

  /** What a key takes beside its own bytes and its value's: slot, type, expiry, version. */
  private static final int OVERHEAD = 32;

  private final Gateway gateway;

  MemoryCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    switch (lower(arguments[1])) {
      case "usage" -> usage(session, arguments[2], slot);
      case "doctor" ->
          slot.reply(Reply.bulk("Caches and buffers have the sizes that the options give them."));
      default -> slot.reply(Failures.unknownSubcommand("memory", arguments[1]));
    }
  }

  /** Missing and empty values have the same length: only then is existence asked for. */
  private void usage(Session session, byte[] key, ReplySlot slot) {
    ask(
        session,
        "strlen",
        key,
        slot,
        length -> {
          if (length > 0) {
            slot.reply(new Reply.Int(length + key.length + OVERHEAD));
          } else {
            ask(
                session,
                "exists",
                key,
                slot,
                count ->
                    slot.reply(
                        count == 0 ? Reply.NIL : new Reply.Int((long) key.length + OVERHEAD)));
          }
        });
  }

  private void ask(Session session, String name, byte[] key, ReplySlot slot, Consumer<Long> next) {
    byte[] command = name.getBytes(US_ASCII);
    CommandEntry entry = gateway.commands().find(command);
    if (entry == null) {
      throw new IllegalStateException("expected " + name + " in the command table");
    }
    gateway
        .data()
        .submit(
            new RoutedCommand(entry.spec(), new byte[][] {command, key}, session.readMode(), true),
            new ReplyHandler() {
              @Override
              public void reply(Reply reply) {
                if (reply instanceof Reply.Int number) {
                  next.accept(number.value());
                } else {
                  slot.reply(reply);
                }
              }

              @Override
              public void failed(Unavailable reason) {
                slot.failed(reason);
              }
            });
  }
}
