package kvstore.server.net;

import static kvstore.server.net.Arguments.is;
import static kvstore.server.net.Arguments.text;

import java.util.OptionalLong;
import kvstore.protocol.Reply;
import kvstore.replication.NodeId;

/** DEBUG, for tests: off unless the node was started with the option. */
final class DebugCommand implements SessionCommand {

  private static final double LONGEST_SLEEP_SECONDS = 60;

  private final Gateway gateway;

  DebugCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    if (!gateway.options().process().debugCommand()) {
      slot.reply(
          Failures.error("DEBUG command not allowed. Start the node with --enable-debug-command."));
    } else if (is(arguments[1], "sleep") && arguments.length == 3) {
      sleep(session, arguments[2], slot);
    } else if (is(arguments[1], "transfer-leader") && arguments.length == 4) {
      transferLeader(arguments[2], arguments[3], slot);
    } else {
      slot.reply(Failures.unknownSubcommand("debug", arguments[1]));
    }
  }

  /** Holds up this connection only. */
  private static void sleep(Session session, byte[] argument, ReplySlot slot) {
    double seconds;
    try {
      seconds = Double.parseDouble(text(argument));
    } catch (NumberFormatException e) {
      slot.reply(Failures.error("value is not a valid float"));
      return;
    }
    if (!(seconds >= 0 && seconds <= LONGEST_SLEEP_SECONDS)) {
      slot.reply(Failures.error("value is out of range, must be between 0 and 60"));
      return;
    }
    Connection connection = session.connection();
    connection.suspend();
    connection.later(
        () -> {
          slot.reply(Reply.OK);
          connection.resume();
        },
        (long) (seconds * 1_000));
  }

  private void transferLeader(byte[] shard, byte[] node, ReplySlot slot) {
    OptionalLong number = Arguments.number(shard);
    if (number.isEmpty()) {
      slot.reply(Failures.NOT_AN_INTEGER);
      return;
    }
    NodeId to;
    try {
      to = new NodeId(text(node));
    } catch (IllegalArgumentException e) {
      slot.reply(Failures.error(String.valueOf(e.getMessage())));
      return;
    }
    gateway
        .node()
        .transferLeadership((int) number.getAsLong(), to)
        .whenComplete((done, failure) ->
            slot.reply(
                failure == null ? Reply.OK : Failures.error(String.valueOf(failure.getMessage()))));
  }
}
