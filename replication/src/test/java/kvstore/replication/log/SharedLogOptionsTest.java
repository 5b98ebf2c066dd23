package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.Test;

class SharedLogOptionsTest {

  @Test
  void writeBuffersDifferFromNodeToNodeByUpToAQuarter() {
    long usual = SharedLogOptions.DEFAULT.writeBufferBytes();
    long[] sizes = IntStream.rangeClosed(1, 5).mapToLong(node -> size("n" + node)).toArray();
    assertThat(sizes).doesNotHaveDuplicates();
    for (long size : sizes) {
      assertThat(size).isBetween(usual * 3 / 4, usual);
    }
    assertThat(size("n1")).isEqualTo(sizes[0]);
  }

  @Test
  void noWriteBufferIsLessThanTheLeast() {
    SharedLogOptions least = new SharedLogOptions(64 << 10, 2, 1, 64 << 10, 64 << 10, 1);
    assertThat(least.atOwnMoments(new SplittableRandom(1))).isEqualTo(least);
  }

  private static long size(String node) {
    SplittableRandom random = new SplittableRandom(new NodeId(node).hashCode());
    return SharedLogOptions.DEFAULT.atOwnMoments(random).writeBufferBytes();
  }
}
