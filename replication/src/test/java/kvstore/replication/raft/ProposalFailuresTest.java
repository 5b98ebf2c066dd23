package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.error.RaftError;
import java.util.ArrayList;
import java.util.List;
import kvstore.replication.Proposal.Failure;
import org.junit.jupiter.api.Test;

class ProposalFailuresTest {

  @Test
  void whatWasNeverAppendedIsToldFromWhatMayHaveBeen() {
    assertThat(ProposalFailures.of(new Status(RaftError.EPERM, "Is not leader.")))
        .isEqualTo(Failure.NOT_LEADER);
    assertThat(
            ProposalFailures.of(
                new Status(RaftError.EPERM, "expected_term=3 doesn't match current_term=4")))
        .isEqualTo(Failure.NOT_LEADER);
    assertThat(ProposalFailures.of(new Status(RaftError.EBUSY, "Is transferring leadership.")))
        .isEqualTo(Failure.NOT_LEADER);
    assertThat(
            ProposalFailures.of(new Status(RaftError.EBUSY, "Node <g/a:1> log manager is busy.")))
        .isEqualTo(Failure.OVERLOADED);
    assertThat(
            ProposalFailures.of(
                new Status(
                    RaftError.EBUSY,
                    "Node is busy, has too many tasks, queue is full and bufferSize=64")))
        .isEqualTo(Failure.OVERLOADED);
    assertThat(ProposalFailures.of(new Status(RaftError.EPERM, "Leader stepped down")))
        .isEqualTo(Failure.UNKNOWN);
    assertThat(ProposalFailures.of(new Status(RaftError.ESTATEMACHINE, "broken")))
        .isEqualTo(Failure.UNKNOWN);
    assertThat(ProposalFailures.of(new Status(-1, "whatever"))).isEqualTo(Failure.UNKNOWN);
  }

  @Test
  void aProposalEndsOnceAndGivesItsRoomBack() {
    PendingProposals proposals = new PendingProposals(2, 100);
    List<Failure> failures = new ArrayList<>();
    PendingProposals.Pending first = proposals.admit(failures::add, 60);
    assertThat(first).isNotNull();
    assertThat(proposals.admit(failures::add, 60)).isNull();
    PendingProposals.Pending second = proposals.admit(failures::add, 40);
    assertThat(second).isNotNull();
    assertThat(proposals.admit(failures::add, 0)).isNull();
    assertThat(first.take()).isNotNull();
    assertThat(first.take()).isNull();
    first.run(new Status(RaftError.EPERM, "Leader stepped down"));
    assertThat(failures).isEmpty();
    second.run(new Status(RaftError.EPERM, "Leader stepped down"));
    second.fail(Failure.NOT_LEADER);
    assertThat(failures).containsExactly(Failure.UNKNOWN);
    assertThat(proposals.size()).isZero();
  }

  @Test
  void aSingleLargeEntryPassesWhenNothingElseIsInFlight() {
    PendingProposals proposals = new PendingProposals(2, 100);
    assertThat(proposals.admit(failure -> {}, 1000)).isNotNull();
    assertThat(proposals.admit(failure -> {}, 1)).isNull();
  }

  @Test
  void whatIsLeftIsAbandonedAsUnknown() {
    PendingProposals proposals = new PendingProposals(2, 100);
    List<Failure> failures = new ArrayList<>();
    proposals.admit(failures::add, 1);
    proposals.admit(failures::add, 1);
    proposals.abandon();
    assertThat(failures).containsExactly(Failure.UNKNOWN, Failure.UNKNOWN);
    assertThat(proposals.admit(failures::add, 1)).isNotNull();
  }
}
