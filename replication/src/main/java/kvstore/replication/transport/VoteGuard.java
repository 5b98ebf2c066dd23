package kvstore.replication.transport;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/**
 * Keeps votes from breaking a leader's lease. The Raft library grants a real vote (after an earlier
 * pre-vote) without looking whether it has meanwhile heard from a leader, so that a stale pre-vote
 * could elect a new leader while the old one still trusts its lease.
 *
 * <p>Asked, on any thread, for every RequestVote that is not a pre-vote: on the voter before the
 * library sees the request <em>and again</em> when the library has granted it, before the grant
 * leaves (a heartbeat may have been answered in between; a grant that is held back has merely been
 * wasted); and on the candidate before its own request leaves, since its own vote counts too.
 */
@FunctionalInterface
public interface VoteGuard {

  /** Lets every vote pass. */
  VoteGuard NONE = (group, request, transfer) -> null;

  /**
   * @param transfer whether the leader itself asked the candidate to take over, see {@link
   *     GroupTraffic#takesOver}; such a vote is to pass, and such a leader trusts no lease
   * @return the response to send instead, or null to let the vote pass
   */
  @Nullable Message refuse(String group, RequestVoteRequest request, boolean transfer);
}
