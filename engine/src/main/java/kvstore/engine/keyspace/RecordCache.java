package kvstore.engine.keyspace;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import kvstore.engine.command.Value;
import org.jspecify.annotations.Nullable;

/**
 * Values that were read of late, of all keyspaces of a node, in the heap, so that neither a read
 * nor the look at what a write replaces has to go to the storage. Bounded in bytes and in number.
 * What a keyspace may put here, and when, is {@link CachedRecords}' business. For writes that
 * replace more keys than there are values here, it has their {@link LastingKeys}.
 *
 * <p>The values lie in a {@link RecordRing}; where, tells a table of sets of {@value #WAYS} places
 * each. A key has one set. What gives way is the oldest in the ring, and in a full set any of it;
 * what was asked for since it came in, or since it was last spared, is spared if it can be.
 *
 * <p>Reading takes no lock; any thread may. What is found counts only if the version of the set was
 * even before and is the same after: who holds the lock makes it odd before a place of the set, or
 * the bytes that one leads to, become something else. That is a sequence lock, with the fences of
 * Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.
 */
public final class RecordCache {

  /** Values that are longer together with their keys are left to the storage. */
  private static final int MAX_BYTES = 4 << 10;

  private static final int WAYS = 4;

  private static final int SMALLEST_BYTES = 64 << 10;

  /**
   * So many bytes for each place: a usual entry takes nearly three times as much, so that bytes run
   * out before places do, and few keys give way only because their set is full.
   */
  private static final int BYTES_PER_PLACE = 64;

  private static final int MOST_SETS = 1 << 26;

  /** Versions that sets share, at most; a power of two. */
  private static final int MOST_VERSIONS = 4 << 10;

  /** Entries that are spared for one that comes in, at most. */
  private static final int MOST_SPARED = 16;

  // A place: a part of the key's hash, whether it was asked for, and where in the ring it is, in
  // words of 8 bytes, counted from 1, so that 0 is a free one.
  private static final int TAG_SHIFT = 48;
  private static final long USED = 1L << TAG_SHIFT - 1;
  private static final long WHERE = USED - 1;

  /** 2^64 divided by the golden ratio: numbers near each other end far apart. */
  private static final long MIXER = 0x9E3779B97F4A7C15L;

  private final long maxBytes;
  private final int sets;
  private final AtomicLongArray places;
  private final AtomicLongArray versions;
  private final RecordRing ring;

  private final LastingKeys lastingKeys;
  private final AtomicLong owners = new AtomicLong();

  /** Taken to change anything. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Which of a set gives way when all are in use; guarded by lock. */
  private int hand;

  /**
   * @param maxBytes of heap for values, and at most half as many more for keys; at least 64 KiB, or
   *     0 for a cache that keeps nothing
   */
  public RecordCache(long maxBytes) {
    if (maxBytes != 0 && maxBytes < SMALLEST_BYTES) {
      throw new IllegalArgumentException(
          "expected a cache of 0 or at least " + SMALLEST_BYTES + " bytes, but got " + maxBytes);
    }
    this.maxBytes = maxBytes;
    this.sets = (int) Math.max(1, Math.min(MOST_SETS, maxBytes / BYTES_PER_PLACE / WAYS));
    this.places = new AtomicLongArray(sets * WAYS);
    this.versions = new AtomicLongArray(Math.min(Integer.highestOneBit(sets), MOST_VERSIONS));
    this.ring = new RecordRing(Math.max(0, maxBytes - tableBytes()));
    this.lastingKeys = new LastingKeys(maxBytes + maxBytes / 2);
  }

  private long tableBytes() {
    return (long) Long.BYTES * (places.length() + versions.length());
  }

  /** Heap taken; for tests. */
  long bytes() {
    lock.lock();
    try {
      return maxBytes == 0 ? 0 : tableBytes() + ring.bytes();
    } finally {
      lock.unlock();
    }
  }

  ReentrantLock lock() {
    return lock;
  }

  LastingKeys lastingKeys() {
    return lastingKeys;
  }

  /** The name of one that has entries here; nobody else has it, or had it. */
  long newOwner() {
    return owners.incrementAndGet();
  }

  @Nullable Value get(long owner, PendingKey.Name name) {
    long hash = hash(name);
    int set = set(hash);
    long version = versions.getAcquire(versionOf(set));
    if ((version & 1) != 0) {
      return null;
    }
    for (int way = 0; way < WAYS; way++) {
      long place = places.getAcquire(set + way);
      if (mayBe(place, hash)) {
        Value value = ring.read(where(place), owner, name.key());
        if (value != null) {
          VarHandle.acquireFence();
          if (versions.getOpaque(versionOf(set)) != version) {
            return null;
          }
          if ((place & USED) == 0) {
            places.compareAndSet(set + way, place, place | USED);
          }
          return value;
        }
      }
    }
    return null;
  }

  /** Puts a value in the place of an earlier one of the key, if any; the lock must be held. */
  void put(long owner, PendingKey.Name name, Value value) {
    int at = placeOf(owner, name);
    if (at < 0) {
      insert(owner, name, value);
    } else if (!rewrite(at, name, value)) {
      change(at, 0);
      insert(owner, name, value);
    }
  }

  /**
   * Puts a value in the place of an earlier one of the key, if there is one: what is written and
   * never read would only push out what is read. So would one of another length, which takes room
   * of its own, unless the one before was asked for. The lock must be held.
   */
  void replace(long owner, PendingKey.Name name, Value value) {
    int at = placeOf(owner, name);
    if (at >= 0 && !rewrite(at, name, value)) {
      boolean used = (places.getPlain(at) & USED) != 0;
      change(at, 0);
      if (used) {
        insert(owner, name, value);
      }
    }
  }

  /** Puts a value over that of a place, if it takes as many bytes; tells whether. */
  private boolean rewrite(int at, PendingKey.Name name, Value value) {
    long where = where(places.getPlain(at));
    int size = RecordRing.size(name.length(), value.length());
    if (!isKept(name, value) || ring.sizeAt(where) != size) {
      return false;
    }
    begin(at);
    ring.rewrite(where, name.length(), value);
    end(at);
    return true;
  }

  private void insert(long owner, PendingKey.Name name, Value value) {
    if (isKept(name, value)) {
      long where = append(owner, name, value);
      long hash = hash(name);
      change(placeToGive(set(hash)), place(hash, where));
    }
  }

  private boolean isKept(PendingKey.Name name, Value value) {
    return name.length() + value.length() <= MAX_BYTES
        && ring.takes(RecordRing.size(name.length(), value.length()));
  }

  /** The lock must be held. */
  void remove(long owner, PendingKey.Name name) {
    int at = placeOf(owner, name);
    if (at >= 0) {
      change(at, 0);
    }
  }

  /** Where the key is, or -1. */
  private int placeOf(long owner, PendingKey.Name name) {
    long hash = hash(name);
    int set = set(hash);
    for (int way = 0; way < WAYS; way++) {
      long place = places.getPlain(set + way);
      if (mayBe(place, hash) && ring.isAt(where(place), owner, name.key())) {
        return set + way;
      }
    }
    return -1;
  }

  /** The place of a set that is free, or else that of what gives way. */
  private int placeToGive(int set) {
    int unused = -1;
    for (int way = 0; way < WAYS; way++) {
      long place = places.getPlain(set + way);
      if (place == 0) {
        return set + way;
      }
      if ((place & USED) == 0) {
        unused = set + way;
      }
    }
    if (unused >= 0) {
      return unused;
    }
    for (int way = 0; way < WAYS; way++) {
      change(set + way, places.getPlain(set + way) & ~USED);
    }
    return set + (hand++ & WAYS - 1);
  }

  /** Into the ring; so much of what is oldest there gives way as is needed. */
  private long append(long owner, PendingKey.Name name, Value value) {
    int size = RecordRing.size(name.length(), value.length());
    int spared = 0;
    while (!ring.hasRoom(size)) {
      if (giveWay(spared < MOST_SPARED)) {
        spared++;
      }
    }
    VarHandle.releaseFence(); // after the versions of what another thread made give way
    return ring.append(owner, name.key(), value);
  }

  /**
   * Drops the oldest of the ring, or spares it, if it may and can be and is used; tells whether.
   */
  private boolean giveWay(boolean maySpare) {
    long where = ring.oldest();
    long hash = hash(new PendingKey.Name(ring.keyAt(where)));
    int at = set(hash);
    int end = at + WAYS;
    while (at < end && where(places.getPlain(at)) != where) {
      at++;
    }
    if (at == end) { // nothing leads there any more
      ring.dropOldest();
      return false;
    }
    boolean spare = maySpare && (places.getPlain(at) & USED) != 0;
    begin(at);
    long moved = -1;
    if (spare) {
      moved = ring.moveOldest();
    } else {
      ring.dropOldest();
    }
    places.setPlain(at, moved < 0 ? 0 : place(hash, moved));
    end(at);
    return moved >= 0;
  }

  private void change(int at, long place) {
    begin(at);
    places.setPlain(at, place);
    end(at);
  }

  /** What a place of a set leads to changes from here on. */
  private void begin(int at) {
    int version = versionOf(at);
    versions.setOpaque(version, versions.getPlain(version) + 1);
    VarHandle.releaseFence();
  }

  private void end(int at) {
    int version = versionOf(at);
    versions.setRelease(version, versions.getPlain(version) + 1);
  }

  /** The number of the version of a place's set. */
  private int versionOf(int at) {
    return at / WAYS & versions.length() - 1;
  }

  private static boolean mayBe(long place, long hash) {
    return place != 0 && (place ^ hash) >>> TAG_SHIFT == 0;
  }

  private static long place(long hash, long where) {
    return hash >>> TAG_SHIFT << TAG_SHIFT | where / Long.BYTES + 1;
  }

  private static long where(long place) {
    return ((place & WHERE) - 1) * Long.BYTES;
  }

  /** Its highest bits are the tag of a place; those below tell the set. */
  private static long hash(PendingKey.Name name) {
    long mixed = name.hashCode() * MIXER;
    return (mixed ^ mixed >>> Integer.SIZE) * MIXER;
  }

  /** The first place of the set. */
  private int set(long hash) {
    long below = hash << Long.SIZE - TAG_SHIFT >>> Integer.SIZE;
    return (int) (below * sets >>> Integer.SIZE) * WAYS;
  }
}
