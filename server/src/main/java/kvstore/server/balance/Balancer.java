package kvstore.server.balance;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import kvstore.replication.transport.PeerCalls;
import kvstore.server.admin.BalancerStatus;
import kvstore.server.directory.Directory;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.Reports;
import kvstore.server.directory.ShardEntry;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks several times a second at what is and what is wanted, and does the next step, while this
 * node leads the directory. It remembers nothing that matters: after a crash the next leader comes
 * to the same steps from the same state.
 *
 * <p>Turns run on the node's timer; the rest may be called by any thread. Nothing blocks.
 */
public final class Balancer implements Directory.Tenure {

  private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

  private static final long TURN_MILLIS = 200;
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A new leader waits for the nodes' first reports. */
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Steps of different shards under way at a time. */
  private static final int MOST_AT_ONCE = 2;

  private static final int MOST_REMEMBERED = 20;

  /** A step under way, or over. */
  private static final class Step {
    final Action action;
    final long atMs;
    String result = "";

    Step(Action action, long atMs) {
      this.action = action;
      this.atMs = atMs;
    }
  }

  private final DirectoryService service;
  private final ShardActions shardActions;
  private final ScheduledExecutorService timer;
  private final InstantSource clock;

  // guarded by this
  private final Map<Integer, Step> underWay = new HashMap<>();
  private final Deque<Step> last = new ArrayDeque<>();
  private @Nullable Directory directory;
  private @Nullable ScheduledFuture<?> turns;
  private long beganNanos;
  private long term;
  private long changes;
  private String waiting = "";

  private Balancer(
      DirectoryService service,
      ShardActions shardActions,
      ScheduledExecutorService timer,
      InstantSource clock) {
    this.service = service;
    this.shardActions = shardActions;
    this.timer = timer;
    this.clock = clock;
  }

  /** Starts to answer for this node's groups, and to balance whenever it leads the directory. */
  public static Balancer start(
      DirectoryService service,
      LocalShards shards,
      PeerCalls transport,
      ScheduledExecutorService timer,
      InstantSource clock) {
    ShardActions actions =
        new ShardActions(
            transport,
            shards,
            number -> {
              if (number == ShardEntry.DIRECTORY) {
                return service.localLog();
              }
              Shard shard = shards.find(number);
              return shard == null ? null : shard.log();
            });
    actions.serve();
    Balancer balancer = new Balancer(service, actions, timer, clock);
    service.listen(balancer);
    return balancer;
  }

  @Override
  public synchronized void began(Directory led, long newTerm) {
    directory = led;
    term = newTerm;
    changes = 0;
    beganNanos = service.nanoTime();
    underWay.clear();
    turns =
        timer.scheduleWithFixedDelay(this::turn, TURN_MILLIS, TURN_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public synchronized void ended() {
    directory = null;
    ScheduledFuture<?> running = turns;
    turns = null;
    if (running != null) {
      running.cancel(false);
    }
    underWay.clear();
  }

  /** What is and what is wanted now; null if this node does not lead the directory. */
  synchronized @Nullable Situation situation() {
    Directory led = directory;
    if (led == null) {
      return null;
    }
    long now = service.nanoTime();
    List<NodeReport> fresh = new ArrayList<>();
    for (Reports.Arrived arrived : service.reports().all().values()) {
      if (now - arrived.atNanos() < FRESH_NANOS) {
        fresh.add(arrived.report());
      }
    }
    return new Situation(led.state(), fresh, clock.millis());
  }

  private void turn() {
    try {
      takeTurn();
    } catch (RuntimeException e) {
      LOG.error("A turn of the balancer failed; the next one comes all the same", e);
    }
  }

  private synchronized void takeTurn() {
    Situation now = situation();
    boolean young = service.nanoTime() - beganNanos < SETTLE_NANOS;
    if (now == null || young || now.state().version() == 0) {
      return;
    }
    Planner planner = new Planner(now);
    waiting = planner.waiting();
    Action repair = planner.repair();
    if (repair != null) {
      begin(repair); // first, or a step that fails again and again would always come before it
    }
    for (Action action : Reconciler.actions(now)) {
      begin(action);
    }
    if (underWay.isEmpty()) {
      Action next = planner.next();
      if (next != null) {
        begin(next);
      }
    }
  }

  /** Does the step unless one for the same shard is under way, or too many are. */
  synchronized boolean begin(Action action) {
    Directory led = directory;
    if (led == null || underWay.containsKey(action.shard()) || underWay.size() >= MOST_AT_ONCE) {
      return false;
    }
    Step step = new Step(action, clock.millis());
    underWay.put(action.shard(), step);
    last.addFirst(step);
    if (last.size() > MOST_REMEMBERED) {
      last.removeLast();
    }
    LOG.info("Balancer: {}", action.text());
    carryOut(led, action).whenComplete((done, failure) -> end(step, failure));
    return true;
  }

  /** Grows over all leaders that the directory ever has. */
  private long nextOrder() {
    return term << 24 | ++changes & 0xFFFFFF;
  }

  private CompletionStage<?> carryOut(Directory led, Action action) {
    if (action instanceof Action.Decide decide) {
      return led.propose(decide.command());
    }
    if (action instanceof Action.ChangeMembers change) {
      return shardActions.carryOut(change, nextOrder());
    }
    if (action instanceof Action.Release release) {
      return shardActions
          .carryOut(release.members(), nextOrder())
          .thenCompose(confirmed ->
              led.propose(new DirectoryCommand.ForgetReplica(release.shard(), release.node())));
    }
    if (action instanceof Action.Transfer transfer) {
      return shardActions.carryOut(transfer);
    }
    return shardActions.carryOut((Action.Split) action);
  }

  private synchronized void end(Step step, @Nullable Throwable failure) {
    underWay.remove(step.action.shard(), step);
    step.result = failure == null ? "done" : "failed: " + ShardActions.message(failure);
    if (failure != null) {
      LOG.warn("Balancer: {}: {}", step.action.text(), step.result);
    }
  }

  /** What it does, in words. */
  public synchronized BalancerStatus status() {
    String doing =
        underWay.values().stream()
            .map(step -> step.action.text())
            .collect(Collectors.joining("; "));
    return new BalancerStatus(
        doing,
        waiting,
        last.stream()
            .map(step -> new BalancerStatus.Step(step.atMs, step.action.text(), step.result))
            .toList());
  }
}
