package kvstore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryReplicatedLogTest {

  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");

  private final List<Proposal.Failure> failures = new ArrayList<>();

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aSingleVoterLeadsAtOnceAndAppliesWhatItIsGiven() {
    ListStateMachine machine = new ListStateMachine();
    InMemoryReplicatedLog log = InMemoryReplicatedLog.single("g", machine, Runnable::run);

    assertThat(log.leadership().isLeader()).isTrue();
    log.propose(bytes("one"), log.leadership().term(), failures::add);
    log.propose(bytes("two"), log.leadership().term(), failures::add);

    assertThat(machine.entries()).containsExactly("one", "two");
    assertThat(machine.acknowledged()).containsExactly("one", "two");
    assertThat(log.leaseHolds(log.leadership().term())).isTrue();
    assertThat(log.leaseHolds(log.leadership().term() + 1)).isFalse();
    assertThat(failures).isEmpty();
  }

  @Test
  void followersApplyWhatTheLeaderProposed() {
    InMemoryGroup group = new InMemoryGroup("g");
    ListStateMachine first = new ListStateMachine();
    ListStateMachine second = new ListStateMachine();
    InMemoryReplicatedLog a = group.join(A, first, Runnable::run);
    group.join(B, second, Runnable::run);
    long term = group.elect(A);

    a.propose(bytes("x"), term, failures::add);

    assertThat(second.entries()).containsExactly("x");
    assertThat(second.acknowledged()).isEmpty();
  }

  @Test
  void proposalsInFlightEndUnknownWhenTheLeaderIsDeposed() {
    InMemoryGroup group = new InMemoryGroup("g");
    ListStateMachine first = new ListStateMachine();
    ListStateMachine second = new ListStateMachine();
    InMemoryReplicatedLog a = group.join(A, first, Runnable::run);
    group.join(B, second, Runnable::run);
    long term = group.elect(A);
    group.holdCommits();
    a.propose(bytes("x"), term, failures::add);

    group.elect(B, false);
    group.releaseCommits();

    assertThat(failures).containsExactly(Proposal.Failure.UNKNOWN);
    assertThat(first.entries()).isEmpty();
    assertThat(a.leaseHolds(term)).isFalse();
    a.propose(bytes("y"), term, failures::add);
    assertThat(failures).containsExactly(Proposal.Failure.UNKNOWN, Proposal.Failure.NOT_LEADER);
  }

  @Test
  void aReplicaThatJoinsLateAppliesTheWholeLog() {
    InMemoryGroup group = new InMemoryGroup("g");
    InMemoryReplicatedLog a = group.join(A, new ListStateMachine(), Runnable::run);
    long term = group.elect(A);
    a.propose(bytes("x"), term, failures::add);
    ListStateMachine late = new ListStateMachine();

    group.join(B, late, Runnable::run);

    assertThat(late.entries()).containsExactly("x");
  }

  @Test
  void aBarrierIsReachedOnlyInTheTermAsked() {
    InMemoryGroup group = new InMemoryGroup("g");
    InMemoryReplicatedLog a = group.join(A, new ListStateMachine(), Runnable::run);
    long term = group.elect(A);
    List<String> heard = new ArrayList<>();
    ReplicatedLog.Barrier barrier =
        new ReplicatedLog.Barrier() {
          @Override
          public void reached() {
            heard.add("reached");
          }

          @Override
          public void failed() {
            heard.add("failed");
          }
        };

    a.readBarrier(term, barrier);
    a.readBarrier(term - 1, barrier);
    group.cutOff(A);
    a.readBarrier(term, barrier);

    assertThat(heard).containsExactly("reached", "failed", "failed");
  }
}
