package kvstore.server.net;

import java.util.Set;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.Reply;
import kvstore.server.router.DataPath;
import kvstore.server.router.RoutedCommand;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a request is: refused, kept for EXEC, run by the connection layer, or sent to the
 * data. Stateless; runs on the connection's event loop.
 */
final class Dispatcher {

  /** Run at once also between MULTI and EXEC. */
  private static final Set<String> NEVER_QUEUED =
      Set.of("multi", "exec", "discard", "watch", "quit", "reset");

  private static final Reply QUEUED = new Reply.Simple("QUEUED");

  private final CommandIndex commands;
  private final DataPath data;
  private final RequestRules rules;
  private final Redirection redirection;
  private final WholeKeyspace keyspace;

  Dispatcher(
      CommandIndex commands,
      DataPath data,
      RequestRules rules,
      Redirection redirection,
      WholeKeyspace keyspace) {
    this.commands = commands;
    this.data = data;
    this.rules = rules;
    this.redirection = redirection;
    this.keyspace = keyspace;
  }

  void dispatch(Session session, byte[][] arguments, ReplySlot slot) {
    CommandEntry entry = commands.find(arguments[0]);
    if (entry == null) {
      reject(session, slot, unknown(session, arguments));
      return;
    }
    slot.entry(entry);
    session.connection().lastCommand(entry.spec().name());
    Reply refusal = rules.check(session, entry.spec(), arguments, slot.requestBytes());
    if (refusal == null && session.door() == Door.CLUSTER) {
      refusal = redirection.check(session, entry.spec(), arguments);
    }
    if (refusal != null) {
      reject(session, slot, refusal);
      return;
    }
    Transaction transaction = session.transaction();
    if (transaction != null && !NEVER_QUEUED.contains(entry.spec().name())) {
      queue(session, transaction, entry, arguments, slot);
    } else {
      run(session, entry, arguments, slot);
    }
  }

  private void run(Session session, CommandEntry entry, byte[][] arguments, ReplySlot slot) {
    if (isHelp(entry.spec(), arguments)) {
      slot.reply(CommandHelp.of(entry.spec()));
      return;
    }
    SessionCommand command = entry.session();
    if (command != null) {
      command.run(session, arguments, slot);
      return;
    }
    CommandSpec spec = entry.spec();
    Reply nothing = session.door() == Door.CLUSTER ? keyspace.nothing(spec, arguments) : null;
    if (nothing != null) {
      slot.reply(nothing);
      return;
    }
    data.submit(
        new RoutedCommand(
            spec, arguments, session.readMode(), session.connection().hasUnansweredBefore()),
        slot);
    if (spec.scope() == CommandSpec.Scope.KEYSPACE) {
      session.connection().suspendUntilAnswered(slot); // it may be asked of every shard again
    }
  }

  private void queue(
      Session session,
      Transaction transaction,
      CommandEntry entry,
      byte[][] arguments,
      ReplySlot slot) {
    if (entry.session() != null && !(entry.session() instanceof SessionCommand.Immediate)) {
      reject(session, slot, Failures.error("Command not allowed inside a transaction"));
      return;
    }
    if (!rules.hasRoom(transaction, slot.requestBytes())) {
      reject(session, slot, Failures.error("transaction is too large"));
      return;
    }
    if (!transaction.isFailed()) {
      transaction.add(entry, arguments, slot.requestBytes());
    }
    slot.reply(QUEUED);
  }

  private static boolean isHelp(CommandSpec spec, byte[][] arguments) {
    return !spec.subcommands().isEmpty()
        && arguments.length == 2
        && Arguments.is(arguments[1], "help");
  }

  private static Reply unknown(Session session, byte[][] arguments) {
    return session.isAuthenticated() ? Failures.unknownCommand(arguments) : Failures.NO_AUTH;
  }

  private static void reject(Session session, ReplySlot slot, Reply refusal) {
    @Nullable Transaction transaction = session.transaction();
    if (transaction != null) {
      transaction.fail();
    }
    slot.reply(refusal);
  }
}
