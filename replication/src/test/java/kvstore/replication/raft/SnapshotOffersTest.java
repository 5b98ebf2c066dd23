package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.util.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kvstore.replication.raft.SnapshotMessages.Offered;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotOffersTest {

  @TempDir Path dir;

  private final AtomicLong now = new AtomicLong();
  private final SnapshotOffers offers = new SnapshotOffers(now::get);
  private FolderedStorage storage;

  @BeforeEach
  void takeOne() throws IOException {
    storage = new FolderedStorage(dir.toString(), null, new RaftOptions());
    storage.setServerAddr(new Endpoint("n1", 1));
    assertThat(storage.init(null)).isTrue();
    take(10);
  }

  private void take(long index) throws IOException {
    try (SnapshotWriter writer = storage.create()) {
      writer.saveMeta(
          SnapshotMeta.newBuilder().setLastIncludedIndex(index).setLastIncludedTerm(1).build());
    }
  }

  private Path snapshot(long index) {
    return dir.resolve("snapshot_" + index);
  }

  @Test
  void aSnapshotThatIsOldIsNotOffered() {
    assertThat(offers.offer(storage, 11)).isNull();
    assertThat(offers.offer(storage, 10)).isNotNull();
    assertThat(offers.count()).isOne();
  }

  @Test
  void whatIsOfferedStaysUntilItsCopyIsOver() throws IOException {
    Offered offered = offers.offer(storage, 1);
    take(20);
    assertThat(snapshot(10)).exists();
    offers.end(offered.id());
    assertThat(snapshot(10)).doesNotExist();
    assertThat(offers.keep(offered.id())).isFalse();
    assertThat(snapshot(20)).exists();
  }

  @Test
  void whoeverSaysNothingForLongHasGivenUp() {
    Offered kept = offers.offer(storage, 1);
    Offered left = offers.offer(storage, 1);
    now.addAndGet(TimeUnit.SECONDS.toNanos(50));
    assertThat(offers.keep(kept.id())).isTrue();
    now.addAndGet(TimeUnit.SECONDS.toNanos(50));
    offers.expire();
    assertThat(offers.keep(left.id())).isFalse();
    assertThat(offers.keep(kept.id())).isTrue();
  }

  @Test
  void thereIsABound() {
    List<Offered> all = new ArrayList<>();
    for (int i = 0; i < SnapshotOffers.MOST; i++) {
      all.add(offers.offer(storage, 1));
    }
    assertThat(all).doesNotContainNull();
    assertThat(offers.offer(storage, 1)).isNull();
    offers.end(all.get(0).id());
    assertThat(offers.offer(storage, 1)).isNotNull();
  }

  @Test
  void nothingIsOfferedOnceItIsClosed() {
    offers.offer(storage, 1);
    offers.close();
    assertThat(offers.count()).isZero();
    assertThat(offers.offer(storage, 1)).isNull();
    assertThat(snapshot(10)).exists();
  }
}
