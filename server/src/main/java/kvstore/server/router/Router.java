package kvstore.server.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.Transaction;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.replication.transport.PeerTransport;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/**
 * The data path of a node: turns client commands into commands of the shard that holds the keys.
 */
public final class Router implements DataPath {

  private static final Operation WATCH_VERSIONS = operation("watch-versions");
  private static final Operation COUNT_KEYS = operation("count-keys-in-slot");
  private static final Operation LIST_KEYS = operation("keys-in-slot");

  private final Map<CommandSpec, Operation> operations = new IdentityHashMap<>();
  private final Forwarder forwarder;
  private final ShardRoute route;
  private final RouterTimes times;

  /**
   * @param requestDeadlineNanos how long an accepted command may take
   * @param leaderWaitNanos how long a command may wait for a leader; not above the deadline
   */
  public record RouterTimes(long requestDeadlineNanos, long leaderWaitNanos) {}

  /** Starts to route to the shard, and to answer other nodes' commands for it. */
  public static Router start(
      CommandTable table,
      Shard shard,
      PeerTransport transport,
      ScheduledExecutorService timer,
      RouterTimes times) {
    Forwarder forwarder = new Forwarder(transport, shard.number());
    forwarder.serve(shard);
    return new Router(
        table, forwarder, new ShardRoute(shard, transport.self(), forwarder, timer), times);
  }

  private Router(CommandTable table, Forwarder forwarder, ShardRoute route, RouterTimes times) {
    this.forwarder = forwarder;
    this.route = route;
    this.times = times;
    for (CommandSpec spec : table.all()) {
      @Nullable Operation operation = Operation.byName(spec.name());
      if (operation != null) {
        operations.put(spec, operation);
      }
    }
  }

  @Override
  public void submit(RoutedCommand command, ReplyHandler handler) {
    route.submit(
        new ToReply(
            toCommand(command.spec(), command.arguments()),
            command.mode(),
            command.ordered(),
            handler));
  }

  @Override
  public void submitTransaction(
      List<Watch> watched, List<Request> commands, boolean ordered, ReplyHandler handler) {
    List<Transaction.Watched> versions = new ArrayList<>(watched.size());
    for (Watch watch : watched) {
      versions.add(new Transaction.Watched(watch.key(), watch.version()));
    }
    List<Command> parts = new ArrayList<>(commands.size());
    for (Request request : commands) {
      CommandSpec spec = CommandTable.standard().lookup(request.arguments()[0]);
      if (spec == null) {
        throw new IllegalArgumentException("expected data commands only, but got another");
      }
      parts.add(toCommand(spec, request.arguments()));
    }
    route.submit(
        new ToReply(Transaction.of(versions, parts), ReadMode.LINEARIZABLE, ordered, handler));
  }

  @Override
  public void countKeys(int slot, boolean ordered, ReplyHandler handler) {
    submitOnSlot(new Command(COUNT_KEYS, new byte[][] {digits(slot)}), ordered, handler);
  }

  @Override
  public void listKeys(int slot, long most, boolean ordered, ReplyHandler handler) {
    submitOnSlot(
        new Command(LIST_KEYS, new byte[][] {digits(slot), digits(most)}), ordered, handler);
  }

  private void submitOnSlot(Command command, boolean ordered, ReplyHandler handler) {
    route.submit(new ToReply(command, ReadMode.LINEARIZABLE, ordered, handler));
  }

  private static byte[] digits(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void watch(List<byte[]> keys, boolean ordered, WatchHandler handler) {
    Command command = new Command(WATCH_VERSIONS, keys.toArray(byte[][]::new));
    route.submit(
        new ToReply(
            command,
            ReadMode.LINEARIZABLE,
            ordered,
            new ReplyHandler() {
              @Override
              public void reply(Reply reply) {
                handler.watched(
                    ((Reply.Array) reply)
                        .items().stream().mapToLong(item -> ((Reply.Int) item).value()).toArray());
              }

              @Override
              public void failed(Unavailable reason) {
                handler.failed(reason);
              }
            }));
  }

  /** To be called whenever another leader is known. */
  public void leadershipChanged() {
    route.leadershipChanged();
  }

  /** Commands sent to other nodes so far. */
  public long forwarded() {
    return forwarder.forwarded();
  }

  /** Commands that wait for a leader. */
  public int waiting() {
    return route.waiting();
  }

  private Command toCommand(CommandSpec spec, byte[][] arguments) {
    Operation operation = operations.get(spec);
    if (operation == null) {
      throw new IllegalArgumentException("'" + spec.name() + "' is not a command of the shards");
    }
    byte[][] rest = new byte[arguments.length - 1][];
    System.arraycopy(arguments, 1, rest, 0, rest.length);
    return new Command(operation, rest);
  }

  private static Operation operation(String name) {
    Operation operation = Operation.byName(name);
    if (operation == null) {
      throw new IllegalStateException("the engine lacks the operation '" + name + "'");
    }
    return operation;
  }

  /** A command whose end is a client's reply. */
  private final class ToReply extends Routed {

    private final ReplyHandler handler;

    ToReply(Command command, ReadMode mode, boolean ordered, ReplyHandler handler) {
      this(command, mode, ordered, handler, System.nanoTime());
    }

    private ToReply(
        Command command, ReadMode mode, boolean ordered, ReplyHandler handler, long now) {
      super(
          command,
          mode,
          ordered,
          now + times.requestDeadlineNanos(),
          now + times.leaderWaitNanos());
      this.handler = handler;
    }

    @Override
    void done(Outcome outcome) {
      handler.reply(Outcomes.toReply(outcome));
    }

    @Override
    void forwarded(Reply reply) {
      handler.reply(reply);
    }

    @Override
    void failed(Unavailable reason) {
      handler.failed(reason);
    }
  }
}
