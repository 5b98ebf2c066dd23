package kvstore.replication.raft;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import java.util.Arrays;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether this leader can be sure, without asking, that there is no other.
 *
 * <p>A message that a follower has answered was received no earlier than it was sent. For an
 * election timeout after that the follower gives its vote to nobody, nor asks for votes ({@link
 * LeaseVoteGuard}). So while messages sent less than the lease ago have been answered by a
 * majority, any new leader would need the vote of one that refuses. The lease is shorter than the
 * election timeout by a margin for clocks whose rates differ; the clock is monotonic and never
 * compared between nodes. See docs/decisions/002-lease-safety-over-jraft.md.
 *
 * <p>Thread-safe, and takes no lock: a check costs some volatile reads, and every few milliseconds
 * a look at each follower.
 */
final class LeaderLease {

  /**
   * @param untilNanos the lease holds before this time; set only while leading in {@code term}
   */
  private record Granted(long term, long untilNanos, long lookedNanos) {}

  private static final long LOOK_AGAIN_NANOS = 2_000_000;
  private static final long NEVER = Long.MIN_VALUE;

  private final NodeInternals node;
  private final PeerId self;
  private final long leaseNanos;
  private final LongPredicate handedOver;
  private volatile @Nullable Granted granted;

  /**
   * @param handedOver whether this node, as leader of a term, ever asked another to take over: the
   *     votes of that attempt disregard leases and may still be on their way
   */
  LeaderLease(NodeInternals node, PeerId self, long leaseNanos, LongPredicate handedOver) {
    this.node = node;
    this.self = self;
    this.leaseNanos = leaseNanos;
    this.handedOver = handedOver;
  }

  boolean holds(long term) {
    long now = System.nanoTime();
    Granted known = granted;
    if (known == null || known.term != term || now - known.lookedNanos > LOOK_AGAIN_NANOS) {
      known = look(term, now);
      granted = known;
    }
    // Asked last: the lease itself says nothing once another was asked to take over.
    return now - known.untilNanos < 0 && !handedOver.test(term) && node.leadsIn(term);
  }

  private Granted look(long term, long now) {
    long until = now;
    if (node.leadsIn(term)) {
      ConfigurationEntry configuration = node.configuration();
      if (configuration != null && !configuration.getConf().isEmpty()) {
        until = until(configuration.getConf(), now);
        if (!configuration.isStable()) {
          // Nodes that do not know the new configuration yet elect by the old one alone.
          long old = until(configuration.getOldConf(), now);
          until = old - until < 0 ? old : until;
        }
        // Whoever leads in the same term still has the replicators the times were taken from.
        until = node.leadsIn(term) ? until : now;
      }
    }
    return new Granted(term, until, now);
  }

  private long until(Configuration configuration, long now) {
    PeerId[] voters = configuration.getPeers().toArray(PeerId[]::new);
    long[] ages = new long[voters.length];
    for (int i = 0; i < voters.length; i++) {
      ages[i] = voters[i].equals(self) ? 0 : age(voters[i], now);
    }
    Arrays.sort(ages);
    long majorityAge = ages[voters.length / 2];
    return majorityAge >= leaseNanos ? now : now - majorityAge + leaseNanos;
  }

  private long age(PeerId peer, long now) {
    long answered = node.answeredNanos(peer);
    return answered == NEVER ? Long.MAX_VALUE : Math.max(0, now - answered);
  }
}
