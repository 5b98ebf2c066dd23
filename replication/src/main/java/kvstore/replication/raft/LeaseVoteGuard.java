package kvstore.replication.raft;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.google.protobuf.Message;
import java.util.function.Function;
import kvstore.replication.transport.GroupTraffic;
import kvstore.replication.transport.VoteGuard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses real votes for an election timeout after a word from a leader, which is what {@link
 * LeaderLease} rests on.
 *
 * <p>The Raft library alone does not: it looks at the time of the last heartbeat for pre-votes
 * only. A pre-vote's answer may be late: node B loses sight of leader A, asks for pre-votes, C
 * (which has lost A too) grants; then A's heartbeats arrive again at B and C, and A's lease is
 * renewed by their answers. When C's grant reaches B now, B is still a follower of the same term,
 * counts it, and asks for real votes, which the library grants at once, B's own included: a second
 * leader while the first one's lease holds.
 *
 * <p>Votes asked for because the leader handed over pass: that leader trusts its lease no more in
 * that term. A refusal leaves the library untouched, so that the term does not grow.
 */
final class LeaseVoteGuard implements VoteGuard {

  private static final Logger LOGGER = LoggerFactory.getLogger(LeaseVoteGuard.class);

  private final Function<String, GroupTraffic> traffic;
  private final long timeoutNanos;

  LeaseVoteGuard(Function<String, GroupTraffic> traffic, long timeoutNanos) {
    this.traffic = traffic;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public @Nullable Message refuse(String group, RequestVoteRequest request, boolean transfer) {
    if (transfer) {
      return null;
    }
    GroupTraffic heard = traffic.apply(group);
    if (System.nanoTime() - heard.leaderNanos() >= timeoutNanos) {
      return null;
    }
    LOGGER.info(
        "{}: no vote for {} in term {}, the leader of term {} was heard from just now",
        group,
        request.getServerId(),
        request.getTerm(),
        heard.leaderTerm());
    return RequestVoteResponse.newBuilder()
        .setTerm(Math.min(request.getTerm(), heard.leaderTerm()))
        .setGranted(false)
        .build();
  }
}
