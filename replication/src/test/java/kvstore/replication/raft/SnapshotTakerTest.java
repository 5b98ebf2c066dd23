package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.error.RaftError;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import kvstore.replication.StateMachine;
import kvstore.replication.raft.SnapshotTaker.Life;
import kvstore.replication.raft.SnapshotTaker.Worth;
import org.junit.jupiter.api.Test;

class SnapshotTakerTest {

  private static final Status BUSY = new Status(RaftError.EBUSY, "busy");

  private final List<Runnable> handedOver = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final List<Closure> begun = new ArrayList<>();
  private boolean stopped;
  private Life life =
      new Life() {
        @Override
        public long appendedBytes() {
          return 0;
        }

        @Override
        public void snapshot(Closure done) {
          events.add("snapshot");
          begun.add(done);
        }
      };

  private final SnapshotTaker taker =
      new SnapshotTaker(
          "group",
          machine(),
          task -> {
            if (stopped) {
              throw new RejectedExecutionException();
            }
            handedOver.add(task);
          },
          new SnapshotSchedule(1_000, Long.MAX_VALUE, new SplittableRandom(1), System.nanoTime()),
          () -> life);

  private StateMachine machine() {
    return (StateMachine)
        Proxy.newProxyInstance(
            StateMachine.class.getClassLoader(),
            new Class<?>[] {StateMachine.class},
            (self, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("prepareSnapshot");
              events.add("prepare");
              return null;
            });
  }

  private void begin(Worth worth) {
    taker.begin(() -> worth);
    List.copyOf(handedOver).forEach(Runnable::run);
    handedOver.clear();
  }

  @Test
  void preparesOnItsThreadAndThenTakesOne() {
    taker.begin(() -> Worth.YES);
    assertThat(events).isEmpty();
    handedOver.get(0).run();
    assertThat(events).containsExactly("prepare", "snapshot");
  }

  /** Its checksums may take minutes, in which the keeper looks many times. */
  @Test
  void nothingIsPreparedWhileOneIsUnderWay() {
    begin(Worth.YES);
    begin(Worth.YES);
    assertThat(events).containsExactly("prepare", "snapshot");
    begun.get(0).run(BUSY);
    begin(Worth.YES);
    begun.get(1).run(Status.OK());
    begin(Worth.YES);
    assertThat(begun).hasSize(3);
  }

  @Test
  void aWishStaysUntilItIsSeenTo() {
    taker.want();
    begin(Worth.NOT_YET);
    assertThat(taker.isWanted()).isTrue();
    begin(Worth.NOTHING_NEW);
    assertThat(taker.isWanted()).isFalse();
    taker.want();
    begin(Worth.YES);
    assertThat(taker.isWanted()).isFalse();
    taker.want(); // while it is under way
    begun.get(0).run(Status.OK());
    assertThat(taker.isWanted()).isTrue();
  }

  @Test
  void aWishThatComesWhileNothingIsNewStays() {
    taker.begin(() -> {
      taker.want();
      return Worth.NOTHING_NEW;
    });
    handedOver.get(0).run();
    assertThat(taker.isWanted()).isTrue();
  }

  @Test
  void aWishOfWhatCouldNotBeTakenIsNotForgotten() {
    taker.want();
    begin(Worth.YES);
    begun.get(0).run(BUSY);
    assertThat(taker.isWanted()).isTrue();
  }

  @Test
  void betweenTwoLivesNothingHappensAndTheNextBeginsAnew() {
    begin(Worth.YES); // never heard of again
    Life before = life;
    life = null;
    taker.restarted();
    taker.want();
    begin(Worth.YES);
    assertThat(taker.isWanted()).isTrue();
    life = before;
    begin(Worth.YES);
    assertThat(begun).hasSize(2);
  }

  @Test
  void aNodeThatStopsTakesNone() {
    stopped = true;
    begin(Worth.YES);
    stopped = false;
    begin(Worth.YES);
    assertThat(begun).hasSize(1);
  }
}
