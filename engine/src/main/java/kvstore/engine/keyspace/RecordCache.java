package kvstore.engine.keyspace;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import kvstore.engine.command.Value;
import org.jspecify.annotations.Nullable;

/**
 * Values that were read of late, of all keyspaces of a node, in the heap, so that neither a read
 * nor the look at what a write replaces has to go to the storage. Bounded in bytes and in number.
 * What a keyspace may put here, and when, is {@link CachedRecords}' business. For writes that
 * replace more keys than there are values here, it has their {@link LastingKeys}.
 *
 * <p>A table of sets of {@value #WAYS} places each. A key has one set; the value that gives way in
 * it is one not asked for since the last time round. Reading takes no lock; any thread may.
 */
public final class RecordCache {

  /** Longer values are left to the storage. */
  private static final int MAX_VALUE_BYTES = 4 << 10;

  private static final int WAYS = 4;

  /** What an entry takes besides its key and value: its objects and its place. */
  private static final int OVERHEAD_BYTES = 128;

  private static final int SMALLEST_BYTES = 64 << 10;

  /**
   * So many bytes for each place: no entry takes less and a usual one twice as much, so that bytes
   * run out before places do, and few keys give way only because their set is full.
   */
  private static final int BYTES_PER_PLACE = 128;

  private final long maxBytes;
  private final AtomicReferenceArray<@Nullable Entry> places;
  private final int mask;

  private final LastingKeys lastingKeys;

  /** Taken to change anything. */
  private final ReentrantLock lock = new ReentrantLock();

  // guarded by lock
  private int hand;
  private long bytes;

  private static final class Entry {
    private final Object owner;
    private final PendingKey.Name name;
    private final Value value;

    /** A hint, written and read without care. */
    private boolean used;

    Entry(Object owner, PendingKey.Name name, Value value) {
      this.owner = owner;
      this.name = name;
      this.value = value;
    }

    boolean is(Object asked, PendingKey.Name key) {
      return owner == asked && name.equals(key);
    }

    long bytes() {
      return OVERHEAD_BYTES + name.length() + value.data().length;
    }
  }

  /**
   * @param maxBytes of heap for values, about, and at most half as many more for keys; at least 64
   *     KiB, or 0 for a cache that keeps nothing
   */
  public RecordCache(long maxBytes) {
    if (maxBytes != 0 && maxBytes < SMALLEST_BYTES) {
      throw new IllegalArgumentException(
          "expected a cache of 0 or at least " + SMALLEST_BYTES + " bytes, but got " + maxBytes);
    }
    this.maxBytes = maxBytes;
    long wanted = maxBytes / BYTES_PER_PLACE;
    int size = maxBytes == 0 ? WAYS : Integer.highestOneBit((int) Math.min(wanted, 1 << 28));
    this.places = new AtomicReferenceArray<>(size);
    this.mask = size - WAYS;
    this.lastingKeys = new LastingKeys(maxBytes + maxBytes / 2);
  }

  /** Heap taken, about; for tests. */
  long bytes() {
    lock.lock();
    try {
      return bytes;
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

  @Nullable Value get(Object owner, PendingKey.Name name) {
    int set = setOf(name);
    for (int way = 0; way < WAYS; way++) {
      Entry entry = places.getAcquire(set + way);
      if (entry != null && entry.is(owner, name)) {
        if (!entry.used) {
          entry.used = true;
        }
        return entry.value;
      }
    }
    return null;
  }

  /** Puts a value in the place of an earlier one of the key, if any; the lock must be held. */
  void put(Object owner, PendingKey.Name name, Value value) {
    int place = placeOf(owner, name);
    if (place >= 0) {
      replace(place, owner, name, value);
    } else if (isKept(value)) {
      store(placeToGive(name), new Entry(owner, name, value));
    }
  }

  /**
   * Puts a value in the place of an earlier one of the key, if there is one: what is written and
   * never read would only push out what is read. The lock must be held.
   */
  void replace(Object owner, PendingKey.Name name, Value value) {
    int place = placeOf(owner, name);
    if (place >= 0) {
      replace(place, owner, name, value);
    }
  }

  private void replace(int place, Object owner, PendingKey.Name name, Value value) {
    if (isKept(value)) {
      store(place, new Entry(owner, name, value));
    } else {
      set(place, null);
    }
  }

  private boolean isKept(Value value) {
    return maxBytes != 0 && value.data().length <= MAX_VALUE_BYTES;
  }

  private void store(int place, Entry entry) {
    set(place, entry);
    while (bytes > maxBytes) {
      makeRoom(entry);
    }
  }

  /** The lock must be held. */
  void remove(Object owner, PendingKey.Name name) {
    int place = placeOf(owner, name);
    if (place >= 0) {
      set(place, null);
    }
  }

  /** Where the key is, or -1. */
  private int placeOf(Object owner, PendingKey.Name name) {
    int set = setOf(name);
    for (int way = 0; way < WAYS; way++) {
      Entry entry = places.getPlain(set + way);
      if (entry != null && entry.is(owner, name)) {
        return set + way;
      }
    }
    return -1;
  }

  /** The place of its set that is free, or else that of what gives way. */
  private int placeToGive(PendingKey.Name name) {
    int set = setOf(name);
    int free = -1;
    int unused = -1;
    for (int way = 0; way < WAYS; way++) {
      Entry entry = places.getPlain(set + way);
      if (entry == null) {
        free = set + way;
      } else if (!entry.used) {
        unused = set + way;
      }
    }
    if (free >= 0) {
      return free;
    }
    if (unused >= 0) {
      return unused;
    }
    for (int way = 0; way < WAYS; way++) {
      Entry entry = places.getPlain(set + way);
      if (entry != null) {
        entry.used = false;
      }
    }
    return set + (hand & WAYS - 1);
  }

  /** Goes round the table and takes out what was not used since the last time. */
  private void makeRoom(Entry besides) {
    hand = hand + 1 & places.length() - 1;
    Entry entry = places.getPlain(hand);
    if (entry == null || entry == besides) {
      return;
    }
    if (entry.used) {
      entry.used = false;
    } else {
      set(hand, null);
    }
  }

  private void set(int place, @Nullable Entry entry) {
    Entry before = places.getPlain(place);
    bytes += (entry == null ? 0 : entry.bytes()) - (before == null ? 0 : before.bytes());
    places.setRelease(place, entry);
  }

  private int setOf(PendingKey.Name name) {
    int hash = name.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 15) & mask;
  }
}
