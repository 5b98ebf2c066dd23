package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import java.nio.file.Path;
import kvstore.replication.log.GroupVote;
import kvstore.replication.log.LogPlace;
import kvstore.replication.log.SharedLog;
import kvstore.replication.transport.VoteGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that left and came back refuses what its former log would have refused. */
class FormerLogGuardTest {

  @TempDir private Path dir;

  @Test
  void candidatesThatLagBehindTheFormerLogAreRefused() throws Exception {
    try (SharedLog log = SharedLog.open(dir)) {
      FormerLogGuard guard = new FormerLogGuard(log, VoteGuard.NONE);
      assertThat(guard.refuse("g", request(1, 1), false)).isNull();
      log.rememberEnd("g", new LogPlace(3, 100));
      log.rememberEnd("g", new LogPlace(2, 500)); // an older life was shorter by Raft's measure
      refusesWhatLags(guard);
    }
    try (SharedLog log = SharedLog.open(dir)) {
      refusesWhatLags(new FormerLogGuard(log, VoteGuard.NONE));
    }
  }

  private static void refusesWhatLags(VoteGuard guard) {
    assertThat(guard.refuse("g", request(3, 99), false))
        .isInstanceOfSatisfying(
            RequestVoteResponse.class, refusal -> assertThat(refusal.getGranted()).isFalse());
    assertThat(guard.refuse("g", request(2, 600), true)).isNotNull();
    assertThat(guard.refuse("g", request(3, 100), false)).isNull();
    assertThat(guard.refuse("g", request(4, 1), false)).isNull();
    assertThat(guard.refuse("other", request(1, 1), false)).isNull();
  }

  @Test
  void theNextGuardIsAskedIfThereIsNoObjection() throws Exception {
    RequestVoteResponse no = RequestVoteResponse.newBuilder().setTerm(1).setGranted(false).build();
    try (SharedLog log = SharedLog.open(dir)) {
      FormerLogGuard guard = new FormerLogGuard(log, (group, request, transfer) -> no);
      assertThat(guard.refuse("g", request(1, 1), false)).isSameAs(no);
    }
  }

  @Test
  void termAndVoteStayWhenAGroupIsForgotten() throws Exception {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupVote vote = log.vote("g");
      vote.load();
      assertThat(vote.setTerm(7)).isTrue();
      log.forget("g");
      GroupVote again = log.vote("g");
      again.load();
      assertThat(again.getTerm()).isEqualTo(7);
    }
  }

  private static RequestVoteRequest request(long lastTerm, long lastIndex) {
    return RequestVoteRequest.newBuilder()
        .setGroupId("g")
        .setServerId("n3:1")
        .setPeerId("n1:1")
        .setTerm(9)
        .setLastLogTerm(lastTerm)
        .setLastLogIndex(lastIndex)
        .setPreVote(false)
        .build();
  }
}
