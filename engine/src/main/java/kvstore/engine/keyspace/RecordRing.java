package kvstore.engine.keyspace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import kvstore.engine.command.Value;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of a {@link RecordCache}, one after the other in a ring of bytes: arrays that the
 * collector need not look into, and moves at most a few times when they are new. New ones come in
 * at the head and those at the tail give way.
 *
 * <p>Changed by one thread at a time. Any thread may read meanwhile, and has to find out by itself
 * whether what it read was whole; until it knows, it may be anything.
 */
final class RecordRing {

  /** Short enough for an array that the collector may move, long enough for whatever is kept. */
  private static final int LONGEST_SEGMENT = 64 << 10;

  private static final int LEAST_SEGMENTS = 4;

  private static final byte[] NOTHING = {};

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  // An entry: type (8 bits), length of the key (24) and of the payload (32), which are 0 together
  // where the rest of a segment is of no use; then owner, version, time of expiry, key, payload.
  private static final int TYPE_SHIFT = 56;
  private static final int KEY_SHIFT = 32;
  private static final int KEY_MASK = 0xFF_FFFF;
  private static final int OWNER = Long.BYTES;
  private static final int VERSION = 2 * Long.BYTES;
  private static final int EXPIRE_AT = 3 * Long.BYTES;
  private static final int HEADER = 4 * Long.BYTES;

  private final int segmentSize;
  private final long capacity;

  /** {@link #NOTHING} until the head first comes to them. */
  private final byte[][] segments;

  /** Bytes that ever came in; where the next entry begins. */
  private long head;

  /** Bytes that ever gave way; where the oldest entry begins. */
  private long tail;

  /**
   * @param maxBytes that it may take
   */
  RecordRing(long maxBytes) {
    long wanted = Long.highestOneBit(Math.max(Long.BYTES, maxBytes / LEAST_SEGMENTS));
    this.segmentSize = (int) Math.min(LONGEST_SEGMENT, wanted);
    this.segments = new byte[(int) Math.min(Integer.MAX_VALUE, maxBytes / segmentSize)][];
    Arrays.fill(segments, NOTHING);
    this.capacity = (long) segments.length * segmentSize;
  }

  /** What an entry takes; a multiple of 8. */
  static int size(int keyLength, int payloadLength) {
    return HEADER + keyLength + payloadLength + Long.BYTES - 1 & -Long.BYTES;
  }

  /** Whether an entry can be kept at all. */
  boolean takes(int size) {
    return capacity > 0 && size <= segmentSize;
  }

  /** Bytes of all segments that were made. */
  long bytes() {
    long bytes = 0;
    for (byte[] segment : segments) {
      bytes += segment.length;
    }
    return bytes;
  }

  /** Whether an entry of that size can come in before another has to give way. */
  boolean hasRoom(int size) {
    return head + gap(size) + size <= tail + capacity;
  }

  /** What of a segment is left out, since an entry lies in one. */
  private int gap(int size) {
    int left = segmentSize - offset(head);
    return left < size ? left : 0;
  }

  /** Puts an entry in at the head; there must be room. Tells its place, a multiple of 8. */
  long append(long owner, byte[] key, Value value) {
    int size = size(key.length, value.length());
    int gap = gap(size);
    long place = (head + gap) % capacity;
    byte[] segment = segment(place); // first, so that nothing has changed if there is no memory
    if (gap > 0) {
      WORD.set(segment(head % capacity), offset(head), 0L);
    }
    head += gap + size;
    int at = offset(place);
    WORD.set(segment, at + OWNER, owner);
    System.arraycopy(key, 0, segment, at + HEADER, key.length);
    write(segment, at, key.length, value);
    return place;
  }

  /** Puts another value, for which the entry takes as many bytes, in the place of an entry's. */
  void rewrite(long place, int keyLength, Value value) {
    write(segment(place), offset(place), keyLength, value);
  }

  private static void write(byte[] segment, int at, int keyLength, Value value) {
    long word = (long) value.type() << TYPE_SHIFT | (long) keyLength << KEY_SHIFT | value.length();
    WORD.set(segment, at, word);
    WORD.set(segment, at + VERSION, value.version());
    WORD.set(segment, at + EXPIRE_AT, value.expireAtMs());
    int payload = at + HEADER + keyLength;
    System.arraycopy(value.data(), value.offset(), segment, payload, value.length());
  }

  /**
   * The value of the entry at a place, if it is of that key. What it tells may have been
   * overwritten while it was read.
   */
  @Nullable Value read(long place, long owner, byte[] key) {
    byte[] segment = segments[number(place)];
    int at = offset(place);
    if (segment == NOTHING || !is(segment, at, owner, key)) {
      return null;
    }
    long word = (long) WORD.get(segment, at);
    int payload = at + HEADER + key.length;
    int length = (int) word;
    if (length < 0 || length > segmentSize - payload) { // it is being overwritten
      return null;
    }
    long version = (long) WORD.get(segment, at + VERSION);
    long expireAt = (long) WORD.get(segment, at + EXPIRE_AT);
    byte[] data = Arrays.copyOfRange(segment, payload, payload + length);
    return new Value((byte) (word >> TYPE_SHIFT), expireAt, version, data, 0);
  }

  /** Whether the entry at a place is of that key; for the thread that changes entries. */
  boolean isAt(long place, long owner, byte[] key) {
    return is(segment(place), offset(place), owner, key);
  }

  private boolean is(byte[] segment, int at, long owner, byte[] key) {
    int from = at + HEADER;
    return keyLength((long) WORD.get(segment, at)) == key.length
        && key.length <= segmentSize - from
        && (long) WORD.get(segment, at + OWNER) == owner
        && Arrays.equals(segment, from, from + key.length, key, 0, key.length);
  }

  /** What the entry at a place takes. */
  int sizeAt(long place) {
    long word = (long) WORD.get(segment(place), offset(place));
    return size(keyLength(word), (int) word);
  }

  /** The place of the entry at the tail; there must be one. */
  long oldest() {
    long place = tail % capacity;
    if ((long) WORD.get(segment(place), offset(place)) == 0) {
      tail += segmentSize - offset(tail);
      place = tail % capacity;
    }
    return place;
  }

  byte[] keyAt(long place) {
    byte[] segment = segment(place);
    int from = offset(place) + HEADER;
    return Arrays.copyOfRange(
        segment, from, from + keyLength((long) WORD.get(segment, from - HEADER)));
  }

  /** The entry at the tail gives way. */
  void dropOldest() {
    tail += sizeAt(oldest());
  }

  /** The entry at the tail gives way and comes in again at the head: its place there, or -1. */
  long moveOldest() {
    long from = oldest();
    int size = sizeAt(from);
    tail += size;
    if (gap(size) > 0) {
      return -1;
    }
    long to = head % capacity;
    System.arraycopy(segment(from), offset(from), segment(to), offset(to), size);
    head += size;
    return to;
  }

  private byte[] segment(long place) {
    int number = number(place);
    byte[] segment = segments[number];
    if (segment == NOTHING) {
      segment = new byte[segmentSize];
      segments[number] = segment;
    }
    return segment;
  }

  private int number(long place) {
    return (int) (place / segmentSize);
  }

  private int offset(long place) {
    return (int) (place & segmentSize - 1);
  }

  private static int keyLength(long word) {
    return (int) (word >>> KEY_SHIFT) & KEY_MASK;
  }
}
