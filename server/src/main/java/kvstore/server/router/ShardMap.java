package kvstore.server.router;

import java.util.List;

/**
 * Which slots belong to which shard: an immutable, versioned value.
 *
 * @param version grows with every change
 * @param ranges contiguous, in slot order, covering every slot once
 */
public record ShardMap(long version, List<Range> ranges) {

  public static final int SLOTS = 16_384;

  /**
   * @param shard number of the shard
   * @param firstSlot first slot, inclusive
   * @param lastSlot last slot, inclusive
   */
  public record Range(int shard, int firstSlot, int lastSlot) {}

  public ShardMap {
    ranges = List.copyOf(ranges);
    int next = 0;
    for (Range range : ranges) {
      if (range.firstSlot() != next || range.lastSlot() < range.firstSlot()) {
        throw new IllegalArgumentException(
            "expected a range from slot " + next + " on, but got " + range);
      }
      next = range.lastSlot() + 1;
    }
    if (next != SLOTS) {
      throw new IllegalArgumentException(
          "expected the ranges to end at slot " + (SLOTS - 1) + ", but they end at " + (next - 1));
    }
  }

  /** The map of a cluster whose one shard, number 1, holds every slot. */
  public static ShardMap ofOneShard() {
    return new ShardMap(1, List.of(new Range(1, 0, SLOTS - 1)));
  }

  /** Number of the shard that holds {@code slot}. */
  public int shardOf(int slot) {
    return ranges.get(indexOf(slot)).shard();
  }

  /** Place in {@link #ranges} of the range that holds {@code slot}. */
  int indexOf(int slot) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).lastSlot() < slot) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
