package kvstore.engine.keyspace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Keys that are known to be stored and to have no time of expiry, of all keyspaces of a node, in
 * the heap: of what a plain write replaces nothing else need be known, so that it is not read. Each
 * takes 8 bytes. Bounded; a key that is not here may be stored all the same.
 *
 * <p>Of a key there is half of its {@link SipHash}, its print, in one of two sets of {@value #WAYS}
 * places, the second if the first is full. Another key is taken for it with a probability of at
 * most 2^-50 for each look; then the number of keys would be wrong by one, or an entry of the
 * expiry index would stay.
 *
 * <p>The table grows by a part at a time, as keys come: Litwin, "Linear hashing: a new tool for
 * file and table addressing", VLDB 1980. It does not shrink.
 *
 * <p>Changed under the lock of the {@link RecordCache}. Any thread may ask, but what it hears of a
 * keyspace's keys is right only for the one that writes to the keyspace.
 */
final class LastingKeys {

  private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int WAYS = 8;

  /** Places of a part: short enough for an array that the collector may move. */
  private static final int PART = 24 << 10;

  /** So that a print still tells keys of one part apart. */
  private static final int MOST_PARTS = 1 << 10;

  private static final double MOST_LOAD = 0.4;

  private final int partSize;
  private final int mostParts;
  private volatile long[][] parts;

  // guarded by the cache's lock
  private int used;
  private int hand;

  /**
   * @param maxBytes of heap; with less than that of one set nothing is kept
   */
  LastingKeys(long maxBytes) {
    long places = Long.highestOneBit(Math.max(1, maxBytes / Long.BYTES));
    partSize = (int) Math.min(PART, places);
    mostParts = partSize < WAYS ? 0 : (int) Math.min(MOST_PARTS, maxBytes / Long.BYTES / partSize);
    parts = new long[Math.min(1, mostParts)][partSize];
  }

  /** Places there are now. */
  int size() {
    return parts.length * partSize;
  }

  boolean has(SipHash hash) {
    long[][] current = parts;
    return current.length > 0 && find(current, hash) >= 0;
  }

  /** The place of a key in its part, or -1. */
  private int find(long[][] current, SipHash hash) {
    long print = print(hash);
    return find(current[partOf(print, current.length)], hash, print);
  }

  /**
   * The first place that holds a print, or nothing if that is 0, in the key's sets in their order.
   */
  private int find(long[] part, SipHash hash, long print) {
    int place = find(part, set(hash), print);
    return place >= 0 ? place : find(part, otherSet(hash), print);
  }

  /** The first place of a set that holds a print, or nothing if that is 0; -1 if none does. */
  private static int find(long[] part, int set, long print) {
    for (int way = 0; way < WAYS; way++) {
      if ((long) PLACE.getOpaque(part, set + way) == print) {
        return set + way;
      }
    }
    return -1;
  }

  /** The lock must be held. */
  void add(SipHash hash) {
    if (mostParts == 0 || find(parts, hash) >= 0) {
      return;
    }
    if (used > size() * MOST_LOAD && parts.length < mostParts) {
      grow();
    }
    long print = print(hash);
    long[] part = parts[partOf(print, parts.length)];
    int place = find(part, hash, 0);
    if (place < 0) {
      place = set(hash) + (hand++ & WAYS - 1); // who is there gives way
    } else {
      used++;
    }
    PLACE.setOpaque(part, place, print);
  }

  /** The lock must be held. */
  void remove(SipHash hash) {
    int place = mostParts == 0 ? -1 : find(parts, hash);
    if (place >= 0) {
      PLACE.setOpaque(parts[partOf(print(hash), parts.length)], place, 0L);
      used--;
    }
  }

  /**
   * Moves what belongs into one more part there; meanwhile it is in one of both places, or not
   * found.
   */
  private void grow() {
    long[][] larger = Arrays.copyOf(parts, parts.length + 1);
    int last = larger.length - 1;
    long[] to = new long[partSize];
    long[] from = parts[partOf(last, parts.length)];
    larger[last] = to;
    for (int place = 0; place < partSize; place++) {
      if (from[place] != 0 && partOf(from[place], larger.length) == last) {
        to[place] = from[place];
      }
    }
    parts = larger;
    for (int place = 0; place < partSize; place++) {
      if (to[place] != 0) {
        PLACE.setOpaque(from, place, 0L);
      }
    }
  }

  /**
   * By the lowest bits: as many as number all parts, or one less for those that are not there yet.
   */
  private static int partOf(long print, int count) {
    int above = 2 * Integer.highestOneBit(count);
    int part = (int) print & above - 1;
    return part < count ? part : part & above / 2 - 1;
  }

  private int set(SipHash hash) {
    return setOf(hash.first() & 0xFFFF_FFFFL);
  }

  private int otherSet(SipHash hash) {
    return setOf(hash.first() >>> Integer.SIZE);
  }

  private int setOf(long bits) {
    return (int) (bits * (partSize / WAYS) >>> Integer.SIZE) * WAYS;
  }

  /** Never 0, which is an empty place. */
  private static long print(SipHash hash) {
    return hash.second() == 0 ? 1 : hash.second();
  }
}
