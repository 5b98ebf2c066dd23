package kvstore.replication.raft;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kvstore.replication.Membership;
import kvstore.replication.NodeId;
import kvstore.replication.transport.RaftEndpoint;
import org.jspecify.annotations.Nullable;

/** A group's members, as its replica here knows them. Thread-safe. */
final class RaftMembership implements Membership {

  /** Starts a hand-over of leadership. */
  interface HandOver {
    CompletionStage<Void> to(NodeId target);
  }

  private static final long WATCH_MILLIS = 20;

  /** How long a new voter may be silent; a node that copies a snapshot may be out of breath. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A voter is alive for so many election timeouts after the last message that it answered. */
  private static final int ALIVE_TIMEOUTS = 2;

  private final Supplier<@Nullable RaftReplica> replica;
  private final HandOver handOver;
  private final Executor worker;
  private final Duration electionTimeout;

  RaftMembership(Supplier<@Nullable RaftReplica> replica, HandOver handOver, RaftContext context) {
    this.replica = replica;
    this.handOver = handOver;
    this.worker = context.worker();
    this.electionTimeout = context.options().timings().electionTimeout();
  }

  static Configuration configuration(Set<NodeId> voters, Set<NodeId> learners) {
    return new Configuration(peers(voters), peers(learners));
  }

  @Override
  public Set<NodeId> voters() {
    Configuration current = current();
    return current == null ? Set.of() : nodes(current.getPeers());
  }

  @Override
  public Set<NodeId> learners() {
    Configuration current = current();
    return current == null ? Set.of() : nodes(current.getLearners());
  }

  /**
   * A learner that becomes a voter, or the other way round, leaves the group for a moment: the
   * library keeps sending to it in its old role otherwise, and never counts a former learner.
   */
  @Override
  public CompletionStage<Void> change(Set<NodeId> voters, Set<NodeId> learners) {
    Set<NodeId> both = new HashSet<>(voters);
    both.retainAll(learners);
    if (voters.isEmpty() || !both.isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(
              "expected at least one voter, and none that is a learner too, but got voters "
                  + voters
                  + " and learners "
                  + learners));
    }
    Set<NodeId> stayingVoters = new HashSet<>(voters());
    Set<NodeId> stayingLearners = new HashSet<>(learners());
    boolean changesRole = stayingVoters.removeAll(learners) | stayingLearners.removeAll(voters);
    Configuration target = configuration(voters, learners);
    if (!changesRole) {
      return apply(target);
    }
    if (stayingVoters.isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(
              "expected a voter that stays while others change their role; add one first"));
    }
    return apply(configuration(stayingVoters, stayingLearners)).thenCompose(done -> apply(target));
  }

  @Override
  public CompletionStage<Void> transferLeadership(NodeId target) {
    return handOver.to(target);
  }

  private CompletionStage<Void> apply(Configuration target) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    // The library takes its node's lock for this, which may wait for the disk.
    worker.execute(() -> apply(target, result));
    return result;
  }

  private void apply(Configuration target, CompletableFuture<Void> result) {
    RaftReplica current = replica.get();
    if (current == null) {
      result.completeExceptionally(new IllegalStateException("the replica is not running"));
      return;
    }
    if (!leavesMajority(current, target)) {
      result.completeExceptionally(
          new IllegalStateException(
              "expected a majority of the new voters to be alive, but of "
                  + target
                  + " too few are"));
      return;
    }
    try {
      current.node().changePeers(target, status -> complete(result, status));
      Map<PeerId, CatchUp> waited = new HashMap<>();
      target.getPeers().forEach(peer -> waited.put(peer, new CatchUp(electionTimeout)));
      watch(current, waited, result);
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  /**
   * Whether enough of the new voters are alive. The library does not ask: the change is in the log
   * then, cannot be committed, and the group is without a leader until they return. Those who have
   * no vote yet are not begun with before they have caught up, so they are alive.
   */
  private boolean leavesMajority(RaftReplica current, Configuration target) {
    Set<NodeId> old = voters();
    PeerId self = current.node().getNodeId().getPeerId();
    long alive =
        target.getPeers().stream()
            .filter(peer ->
                peer.equals(self)
                    || !old.contains(RaftEndpoint.nodeId(peer))
                    || hasAnswered(current, peer))
            .count();
    return alive * 2 > target.getPeers().size();
  }

  private boolean hasAnswered(RaftReplica current, PeerId peer) {
    long answered = current.internals().answeredNanos(peer);
    long silence = System.nanoTime() - answered;
    return answered != Long.MIN_VALUE && silence < ALIVE_TIMEOUTS * electionTimeout.toNanos();
  }

  /** Until the change is through, sees to it that no voter that has caught up is waited for. */
  private void watch(
      RaftReplica current, Map<PeerId, CatchUp> waited, CompletableFuture<Void> result) {
    CompletableFuture.delayedExecutor(WATCH_MILLIS, TimeUnit.MILLISECONDS, worker)
        .execute(() -> {
          if (result.isDone() || replica.get() != current) {
            result.completeExceptionally(
                new IllegalStateException("the replica ended while members changed"));
            return;
          }
          try {
            waited.forEach((peer, catchUp) -> look(current.internals(), peer, catchUp));
          } finally {
            watch(current, waited, result);
          }
        });
  }

  private static void look(NodeInternals internals, PeerId peer, CatchUp catchUp) {
    long now = System.nanoTime();
    if (catchUp.isDone(internals.heldBy(peer), internals.committedIndex(), now)) {
      internals.declareCaughtUp(peer);
    } else {
      internals.waitLonger(peer, PATIENCE.toNanos(), now);
    }
  }

  static void complete(CompletableFuture<Void> result, Status status) {
    if (status.isOk()) {
      result.complete(null);
    } else {
      result.completeExceptionally(
          new IllegalStateException(
              "the change of members failed: "
                  + status.getErrorMsg()
                  + " ("
                  + status.getRaftError()
                  + ")"));
    }
  }

  private @Nullable Configuration current() {
    RaftReplica current = replica.get();
    ConfigurationEntry entry = current == null ? null : current.internals().configuration();
    return entry == null ? null : entry.getConf();
  }

  private static List<PeerId> peers(Set<NodeId> nodes) {
    return new TreeSet<>(nodes).stream().map(RaftEndpoint::peerId).collect(Collectors.toList());
  }

  private static Set<NodeId> nodes(Collection<PeerId> peers) {
    return peers.stream().map(RaftEndpoint::nodeId).collect(Collectors.toUnmodifiableSet());
  }
}
