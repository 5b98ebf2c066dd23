package kvstore.server.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.command.Transaction;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.protocol.Slots;
import kvstore.replication.transport.PeerCalls;
import kvstore.server.directory.ClusterView;
import kvstore.server.memory.ClientMemory;
import kvstore.server.shard.LocalShards;
import org.jspecify.annotations.Nullable;

/**
 * The data path of a node: turns client commands into commands of the shards that hold the keys,
 * and the shards' answers into one.
 *
 * <p>A command over keys of several slots that cannot be split is refused once the cluster has more
 * than one shard, even if the keys happen to be of one: what works must go on working after a
 * split.
 */
public final class Router implements DataPath {

  private static final Operation WATCH_VERSIONS = operation("watch-versions");

  private static final Operation COUNT_KEYS = operation("count-keys-in-slot");
  private static final Operation LIST_KEYS = operation("keys-in-slot");

  private static final Reply CROSS_SLOT =
      new Reply.Failure(
          "CROSSSLOT Keys in request don't hash to the same slot, and this command must stay in one"
              + " piece; give the keys a common {hash tag}");

  /** While no shard is known, a command looks again so often. */
  private static final long NO_MAP_MILLIS = 20;

  private final Map<CommandSpec, Operation> operations = new IdentityHashMap<>();
  private final Routes routes;
  private final Forwarder forwarder;
  private final ScheduledExecutorService timer;
  private final RouterTimes times;
  private final Splitter splitter;
  private final Walker walker;
  private final ClientMemory memory;

  /**
   * @param requestDeadlineNanos how long an accepted command may take
   * @param leaderWaitNanos how long a command may wait for a leader; not above the deadline
   * @param nanoTime the clock by which both are measured, that of {@link System#nanoTime}
   */
  public record RouterTimes(
      long requestDeadlineNanos, long leaderWaitNanos, LongSupplier nanoTime) {

    public RouterTimes(long requestDeadlineNanos, long leaderWaitNanos) {
      this(requestDeadlineNanos, leaderWaitNanos, System::nanoTime);
    }

    long now() {
      return nanoTime.getAsLong();
    }
  }

  /**
   * When the command is given up; both on the clock of {@link RouterTimes}.
   *
   * @param sequence its place among the commands of this node, which it keeps when it is routed
   *     anew; 0 if it has none yet
   */
  record Deadlines(long request, long leader, long sequence) {
    Deadlines at(long place) {
      return new Deadlines(request, leader, place);
    }
  }

  /**
   * Starts to route by the cluster state, and to answer other nodes' commands.
   *
   * @param incarnation random, another one for each process: tells its commands from all others
   */
  public static Router start(
      CommandTable table,
      ClusterView view,
      Leaders leaders,
      LocalShards shards,
      PeerCalls transport,
      ScheduledExecutorService timer,
      RouterTimes times,
      long incarnation) {
    ClientMemory memory = ClientMemory.unbounded();
    return start(table, view, leaders, shards, transport, timer, times, incarnation, memory);
  }

  /**
   * The same on a node whose clients share some memory.
   *
   * @param memory counts what they make the node hold
   */
  public static Router start(
      CommandTable table,
      ClusterView view,
      Leaders leaders,
      LocalShards shards,
      PeerCalls transport,
      ScheduledExecutorService timer,
      RouterTimes times,
      long incarnation,
      ClientMemory memory) {
    Forwarder forwarder =
        new Forwarder(transport, shards, leaders, memory, times.nanoTime(), incarnation);
    Routes routes =
        new Routes(transport, shards, leaders, view, forwarder, timer, times.nanoTime());
    routes.follow();
    forwarder.serve();
    return new Router(table, routes, forwarder, timer, times, memory);
  }

  private Router(
      CommandTable table,
      Routes routes,
      Forwarder forwarder,
      ScheduledExecutorService timer,
      RouterTimes times,
      ClientMemory memory) {
    this.routes = routes;
    this.memory = memory;
    this.forwarder = forwarder;
    this.timer = timer;
    this.times = times;
    this.splitter = new Splitter(this);
    this.walker = new Walker(this, routes, timer, times.nanoTime());
    for (CommandSpec spec : table.all()) {
      @Nullable Operation operation = Operation.byName(spec.name());
      if (operation != null) {
        operations.put(spec, operation);
      }
    }
  }

  @Override
  public void submit(RoutedCommand command, ReplyHandler handler) {
    submit(command, handler, deadlines());
  }

  /** Routes a command, perhaps not for the first time. */
  void submit(RoutedCommand command, ReplyHandler handler, Deadlines deadlines) {
    CommandSpec spec = command.spec();
    if (spec.scope() == CommandSpec.Scope.KEYSPACE) {
      walker.submit(command, handler, deadlines);
      return;
    }
    CommandSpec.KeyPositions positions = spec.keys();
    byte[][] arguments = command.arguments();
    int slot = Slots.slotOf(arguments[Math.min(positions.first(), arguments.length - 1)]);
    List<byte[]> keys = List.of();
    if (positions.first() != positions.last()) {
      keys = spec.keys(arguments);
      if (routes.areSeveral() && !areOfOneSlot(keys)) {
        if (spec.splitting() == CommandSpec.Splitting.NONE) {
          handler.reply(CROSS_SLOT);
          return;
        }
        if (!areOfOneShard(keys)) {
          splitter.submit(command, handler, deadlines);
          return;
        }
      }
    }
    Command whole = toCommand(spec, arguments);
    send(
        new ToReply(whole, command.mode(), command.ordered(), slot, handler, deadlines) {
          @Override
          void routeAnew() {
            submit(command, handler, deadlines.at(sequence()));
          }
        }.over(keys),
        slot);
  }

  /** Sends what belongs to one shard. */
  private void send(ToReply routed, int slot) {
    ShardRoute route = routes.of(slot);
    if (route != null) {
      route.submit(routed);
    } else if (routed.leaderWaitOver(times.now())) {
      routed.failed(Unavailable.NO_MAJORITY);
    } else {
      timer.schedule(() -> send(routed, slot), NO_MAP_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private static boolean areOfOneSlot(List<byte[]> keys) {
    for (int i = 1; i < keys.size(); i++) {
      if (Slots.slotOf(keys.get(i)) != Slots.slotOf(keys.get(0))) {
        return false;
      }
    }
    return true;
  }

  private boolean areOfOneShard(List<byte[]> keys) {
    if (!routes.areSeveral()) {
      return true;
    }
    ShardRoute first = routes.of(Slots.slotOf(keys.get(0)));
    for (byte[] key : keys) {
      if (routes.of(Slots.slotOf(key)) != first) {
        return false;
      }
    }
    return true;
  }

  /** Where a key's slot is now; null while no shard is known. */
  @Nullable ShardRoute routeOf(byte[] key) {
    return routes.of(Slots.slotOf(key));
  }

  @Override
  public void submitTransaction(
      List<Watch> watched, List<Request> commands, boolean ordered, ReplyHandler handler) {
    List<Transaction.Watched> versions = new ArrayList<>(watched.size());
    List<byte[]> keys = new ArrayList<>();
    for (Watch watch : watched) {
      versions.add(new Transaction.Watched(watch.key(), watch.version()));
      keys.add(watch.key());
    }
    List<Command> parts = new ArrayList<>(commands.size());
    for (Request request : commands) {
      CommandSpec spec = CommandTable.standard().lookup(request.arguments()[0]);
      if (spec == null) {
        throw new IllegalArgumentException("expected data commands only, but got another");
      }
      if (spec.scope() == CommandSpec.Scope.KEYSPACE && routes.areSeveral()) {
        handler.reply(CROSS_SLOT);
        return;
      }
      keys.addAll(spec.keys(request.arguments()));
      parts.add(toCommand(spec, request.arguments()));
    }
    if (routes.areSeveral() && !areOfOneSlot(keys)) {
      handler.reply(CROSS_SLOT);
      return;
    }
    int slot = keys.isEmpty() ? 0 : Slots.slotOf(keys.get(0));
    Command command = Transaction.of(versions, parts);
    send(
        new ToReply(command, ReadMode.LINEARIZABLE, ordered, slot, handler, deadlines()) {
          @Override
          void routeAnew() {
            if (routes.areSeveral() && !areOfOneSlot(keys)) {
              handler.reply(CROSS_SLOT);
            } else {
              super.routeAnew();
            }
          }
        }.over(keys),
        slot);
  }

  @Override
  public void countKeys(int slot, boolean ordered, ReplyHandler handler) {
    submitOnSlot(slot, new Command(COUNT_KEYS, new byte[][] {digits(slot)}), ordered, handler);
  }

  @Override
  public void listKeys(int slot, long most, boolean ordered, ReplyHandler handler) {
    Command command = new Command(LIST_KEYS, new byte[][] {digits(slot), digits(most)});
    submitOnSlot(slot, command, ordered, handler);
  }

  private void submitOnSlot(int slot, Command command, boolean ordered, ReplyHandler handler) {
    send(new ToReply(command, ReadMode.LINEARIZABLE, ordered, slot, handler, deadlines()), slot);
  }

  private static byte[] digits(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  private Deadlines deadlines() {
    long now = times.now();
    return new Deadlines(now + times.requestDeadlineNanos(), now + times.leaderWaitNanos(), 0);
  }

  @Override
  public void watch(List<byte[]> keys, boolean ordered, WatchHandler handler) {
    long[] versions = new long[keys.size()];
    Gathering gathering =
        new Gathering(
            keys.size(),
            worst -> {
              if (worst == null) {
                handler.watched(versions);
              } else {
                handler.failed(worst);
              }
            });
    Deadlines deadlines = deadlines();
    for (int i = 0; i < keys.size(); i++) {
      int place = i;
      byte[] key = keys.get(i);
      int slot = Slots.slotOf(key);
      send(
          new ToReply(
              new Command(WATCH_VERSIONS, new byte[][] {key}),
              ReadMode.LINEARIZABLE,
              ordered,
              slot,
              new ReplyHandler() {
                @Override
                public void reply(Reply reply) {
                  Reply item = ((Reply.Array) reply).items().get(0);
                  versions[place] = ((Reply.Int) item).value();
                  gathering.arrived();
                }

                @Override
                public void failed(Unavailable reason) {
                  gathering.failed(reason);
                }

                @Override
                public boolean isFollowed() {
                  return handler.isFollowed();
                }
              },
              deadlines),
          slot);
    }
  }

  @Override
  public ClientMemory memory() {
    return memory;
  }

  /** Commands that wait for a leader. */
  public int waiting() {
    return routes.waiting();
  }

  /** Commands sent on to other nodes since the start, each time they were sent. */
  public long forwarded() {
    return forwarder.forwarded();
  }

  Command toCommand(CommandSpec spec, byte[][] arguments) {
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

  /** A command of one shard whose end is a reply; routed anew as it is. */
  private class ToReply extends Routed {

    private final int slot;
    private final ReplyHandler handler;
    private List<byte[]> keys = List.of();

    ToReply(
        Command command,
        ReadMode mode,
        boolean ordered,
        int slot,
        ReplyHandler handler,
        Deadlines deadlines) {
      super(command, mode, ordered, deadlines.request(), deadlines.leader());
      this.slot = slot;
      this.handler = handler;
      setSequence(deadlines.sequence());
    }

    /** Its keys, if there may be several. */
    ToReply over(List<byte[]> all) {
      keys = all.size() > 1 ? all : List.of();
      return this;
    }

    @Override
    final void done(Outcome outcome, SlotRange answering) {
      handler.reply(Outcomes.toReply(outcome));
    }

    @Override
    final void forwarded(Reply reply, SlotRange answering) {
      handler.reply(reply);
    }

    @Override
    final void ended(Unavailable reason) {
      handler.failed(reason);
    }

    @Override
    final boolean belongsTo(ShardRoute route) {
      return routes.of(slot) == route && (keys.isEmpty() || areOfOneShard(keys));
    }

    @Override
    final boolean keepsItsPlace(ForwardCodec.NotTaken.Why why) {
      return switch (why) {
        case NOT_LEADING, IN_DOUBT -> true;
        case ELSEWHERE -> keys.isEmpty() || areOfOneSlot(keys) || !handler.isFollowed();
        case UNANSWERED -> !handler.isFollowed();
      };
    }

    @Override
    final boolean isFollowed() {
      return handler.isFollowed();
    }

    @Override
    void routeAnew() {
      send(this, slot);
    }
  }
}
