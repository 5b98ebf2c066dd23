package kvstore.server.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kvstore.protocol.Slots;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** From a key to its shard. */
@State(Scope.Thread)
public class LookupBenchmark {

  private static final int MANY = 1024;

  @Param({"3", "64"})
  public int shards;

  private final byte[][] keys = new byte[MANY][];
  private ShardMap map = ShardMap.ofOneShard();

  @Setup
  public void divide() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < MANY; i++) {
      keys[i] =
          String.format("key:%012d", random.nextInt(1 << 30)).getBytes(StandardCharsets.US_ASCII);
    }
    List<ShardMap.Range> ranges = new ArrayList<>();
    int each = ShardMap.SLOTS / shards;
    for (int i = 0; i < shards; i++) {
      ranges.add(
          new ShardMap.Range(
              i + 1, i * each, i == shards - 1 ? ShardMap.SLOTS - 1 : (i + 1) * each - 1));
    }
    map = new ShardMap(1, ranges);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public void shardOfKey(Blackhole seen) {
    for (byte[] key : keys) {
      seen.consume(map.shardOf(Slots.slotOf(key)));
    }
  }
}
