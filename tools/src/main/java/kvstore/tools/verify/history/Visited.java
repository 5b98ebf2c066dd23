package kvstore.tools.verify.history;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a search has been, bounded. A place is a fingerprint of 128 bits (of the operations with a
 * reply that have found their place, and the contents) and the set of operations of unknown outcome
 * that were used to get there. Who comes to the same place having used more than an earlier visitor
 * can find nothing that was not found already: what is unused may be used later, or never.
 *
 * <p>Two places with one fingerprint count as the same; with n places that has a chance of about n²
 * / 2^129. For one thread.
 */
final class Visited {

  private static final int FIRST_CAPACITY = 1 << 10;

  private final int limit;
  private long[] pairs = new long[FIRST_CAPACITY * 2];
  private long[] @Nullable [] used = new long[FIRST_CAPACITY][];
  private int places;
  private int size;

  /**
   * @param limit most visits kept
   */
  Visited(int limit) {
    this.limit = limit;
  }

  boolean isFull() {
    return size >= limit;
  }

  int size() {
    return size;
  }

  /**
   * Whether it is worth to search on from here.
   *
   * @param open the used operations of unknown outcome, as bits; not kept
   */
  boolean add(long a, long b, long[] open) {
    long first = a == 0 ? 1 : a; // 0 marks a free place
    int place = find(pairs, first, b);
    long[] before = pairs[place] == first ? used[place / 2] : null;
    if (before == null) {
      keep(place, first, b, open);
      return true;
    }
    if (open.length == 0) {
      return false;
    }
    for (int from = 0; from < before.length; from += open.length) {
      if (isSubset(before, from, open)) {
        return false;
      }
    }
    if (!isFull()) {
      long[] more = Arrays.copyOf(before, before.length + open.length);
      System.arraycopy(open, 0, more, before.length, open.length);
      used[place / 2] = more;
      size++;
    }
    return true;
  }

  private void keep(int place, long a, long b, long[] open) {
    if (isFull()) {
      return;
    }
    pairs[place] = a;
    pairs[place + 1] = b;
    used[place / 2] = open.length == 0 ? open : open.clone();
    size++;
    if (++places * 4 > pairs.length) {
      grow();
    }
  }

  private static boolean isSubset(long[] sets, int from, long[] of) {
    for (int i = 0; i < of.length; i++) {
      if ((sets[from + i] & ~of[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  private void grow() {
    long[] oldPairs = pairs;
    long[] @Nullable [] oldUsed = used;
    pairs = new long[oldPairs.length * 2];
    used = new long[oldUsed.length * 2][];
    for (int i = 0; i < oldPairs.length; i += 2) {
      if (oldPairs[i] != 0) {
        int place = find(pairs, oldPairs[i], oldPairs[i + 1]);
        pairs[place] = oldPairs[i];
        pairs[place + 1] = oldPairs[i + 1];
        used[place / 2] = oldUsed[i / 2];
      }
    }
  }

  private static int find(long[] in, long a, long b) {
    int mask = in.length - 1;
    int place = (int) (a ^ a >>> 32) * 2 & mask;
    while (in[place] != 0 && (in[place] != a || in[place + 1] != b)) {
      place = place + 2 & mask;
    }
    return place;
  }

  void clear() {
    size = 0;
    places = 0;
    if (pairs.length > FIRST_CAPACITY * 64) {
      pairs = new long[FIRST_CAPACITY * 2];
      used = new long[FIRST_CAPACITY][];
    } else {
      Arrays.fill(pairs, 0);
      Arrays.fill(used, null);
    }
  }
}
