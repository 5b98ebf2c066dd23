package kvstore.replication.raft;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.google.protobuf.Message;
import java.io.IOException;
import kvstore.replication.log.LogPlace;
import kvstore.replication.log.SharedLog;
import kvstore.replication.transport.VoteGuard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses the votes of a replica that has left its group and come back, where its former log would
 * have refused them. What it acknowledged then it does not hold any more; a candidate that lags
 * behind that, and knows the members of then, would get a majority by its amnesia, and with it the
 * right to overwrite what was committed. Asked before a candidate's own requests leave too, so such
 * a replica is not elected itself before it has got so far again.
 *
 * <p>Raft (section 5.2 and 5.4.1) asks of a server never to lose its log; a replica that has left
 * keeps of it what elections need: term, vote and where it ended.
 */
final class FormerLogGuard implements VoteGuard {

  private static final Logger LOGGER = LoggerFactory.getLogger(FormerLogGuard.class);

  private final SharedLog log;
  private final VoteGuard next;

  /**
   * @param next asked if there is no objection
   */
  FormerLogGuard(SharedLog log, VoteGuard next) {
    this.log = log;
    this.next = next;
  }

  @Override
  public @Nullable Message refuse(String group, RequestVoteRequest request, boolean transfer) {
    LogPlace former;
    try {
      former = log.formerEnd(group);
    } catch (IOException e) {
      LOGGER.warn("{}: no vote while the log cannot be read: {}", group, e.getMessage());
      return refusal(request);
    }
    if (former != null && former.isAfter(request.getLastLogTerm(), request.getLastLogIndex())) {
      LOGGER.info(
          "{}: no vote for {}, whose log ends at {} of term {}; a former one here ended at {} of"
              + " term {}",
          group,
          request.getServerId(),
          request.getLastLogIndex(),
          request.getLastLogTerm(),
          former.index(),
          former.term());
      return refusal(request);
    }
    return next.refuse(group, request, transfer);
  }

  private static Message refusal(RequestVoteRequest request) {
    return RequestVoteResponse.newBuilder().setTerm(request.getTerm()).setGranted(false).build();
  }
}
