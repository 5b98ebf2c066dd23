package kvstore.testkit.bench;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Chooses what the next request does, and writes its key and value. One per thread.
 *
 * <p>Keys are those of redis-benchmark, {@code key:} and twelve digits. Values do not compress, so
 * that no store is helped by what it does not get from real data.
 */
final class KeyChoice {

  static final int KEY_SIZE = 16;
  static final long MOST_KEYS = 1_000_000_000_000L;
  private static final int POOL = 1 << 20;
  private static final byte[] PREFIX = {'k', 'e', 'y', ':'};

  private final long keys;
  private final int writes;
  private final AtomicLong inOrder;
  private final long requests;
  private final byte[] pool;
  private final int valueSize;
  private final byte[] encoded = new byte[KEY_SIZE];
  private long state;
  private long key;
  private boolean write;

  /**
   * @param inOrder the next key of a run that goes through them in order; shared by all threads
   */
  KeyChoice(LoadSettings settings, AtomicLong inOrder, long seed) {
    this.keys = settings.keys();
    this.writes = settings.writes();
    this.requests = settings.requests();
    this.valueSize = settings.valueSize();
    this.inOrder = inOrder;
    this.pool = new byte[POOL + valueSize];
    new Random(seed).nextBytes(pool);
    this.state = seed * 0x9E3779B97F4A7C15L | 1;
  }

  /** Chooses the next request, with a key in this range; false if there is none left. */
  boolean next(SlotRange range) {
    long random = random();
    if (requests > 0) {
      long number = inOrder.getAndIncrement();
      key = number % keys;
      write = writes > 0;
      return number < requests;
    }
    key = Math.floorMod(random >>> 8, keys);
    while (range != SlotRange.ALL && !range.holds(keyBytes())) {
      key = Math.floorMod(random() >>> 8, keys);
    }
    write = writes == 100 || (writes > 0 && (random() >>> 33) % 100 < writes);
    return true;
  }

  private byte[] keyBytes() {
    putKey(ByteBuffer.wrap(encoded));
    return encoded;
  }

  boolean write() {
    return write;
  }

  int valueSize() {
    return valueSize;
  }

  /** Writes the {@link #KEY_SIZE} bytes of the chosen key. */
  void putKey(ByteBuffer out) {
    out.put(PREFIX);
    int at = out.position();
    long rest = key;
    for (int digit = KEY_SIZE - PREFIX.length - 1; digit >= 0; digit--) {
      out.put(at + digit, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    out.position(at + KEY_SIZE - PREFIX.length);
  }

  /** Writes a value. */
  void putValue(ByteBuffer out) {
    out.put(pool, (int) (random() >>> 44) & (POOL - 1), valueSize);
  }

  /** Marsaglia's xorshift with a multiplication at the end: cheap, and random enough for keys. */
  private long random() {
    state ^= state >>> 12;
    state ^= state << 25;
    state ^= state >>> 27;
    return state * 0x2545F4914F6CDD1DL;
  }
}
