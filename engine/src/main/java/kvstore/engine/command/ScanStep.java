package kvstore.engine.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import kvstore.engine.storage.StorageException;

/**
 * One step of SCAN. Nothing is remembered between steps: a cursor {@code slot << 48 | position}
 * says that every key of lower slots has been shown, and every key of this slot with a lower {@link
 * #hash}. So a key that stays is never missed, whatever comes and goes meanwhile, and the cursor
 * means the same on every replica.
 *
 * <p>At the end of the range the cursor is that of the next slot, which another shard holds: the
 * same scan goes on there. It is 0 only after the last slot of all.
 *
 * <p>A slot with few keys is shown whole. Of others the keys with the lowest hashes are shown, and
 * the cursor then stands at the lowest hash that was not.
 */
final class ScanStep implements KeyVisitor {
  private static final int POSITION_BITS = 48;
  private static final long POSITION_MASK = (1L << POSITION_BITS) - 1;
  private static final long NOTHING_CUT = POSITION_MASK + 1;

  /** A slot with at most so many keys is shown whole even if fewer are asked for. */
  private static final int WHOLE_SLOT = 1000;

  /** However many keys are asked for. */
  private static final int MAX_KEYS = 100_000;

  /** Of keys in one step, about. */
  private static final long MAX_BYTES = 4 << 20;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long MIX = 0xff51afd7ed558ccdL;

  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  record Found(long hash, byte[] key, byte type) {}

  private final int wanted;
  private final int slotLimit;
  private final int firstSlot;
  private final long firstPosition;
  private final List<Found> found = new ArrayList<>();
  private int slot;

  /** The keys of the current slot with the lowest hashes, the highest of them on top. */
  private final PriorityQueue<Found> lowest =
      new PriorityQueue<>(Comparator.comparingLong(Found::hash).reversed());

  private long lowestBytes;
  private long foundBytes;

  /** The lowest hash of the current slot that found no place. */
  private long cut = NOTHING_CUT;

  private long nextCursor;

  ScanStep(long cursor, long count) {
    wanted = (int) Math.min(count, MAX_KEYS);
    slotLimit = Math.max(wanted, WHOLE_SLOT);
    boolean valid = cursor >= 0 && cursor >> POSITION_BITS < KeyView.SLOTS;
    firstSlot = valid ? (int) (cursor >> POSITION_BITS) : KeyView.SLOTS;
    firstPosition = cursor & POSITION_MASK;
    slot = firstSlot;
  }

  /** Whether a scan goes on in this range; a cursor that means nothing ends anywhere. */
  static boolean isOf(SlotRange range, long cursor) {
    long slot = cursor >> POSITION_BITS;
    return slot < 0 || slot >= KeyView.SLOTS || range.holds((int) slot);
  }

  void run(KeyView keys) throws StorageException {
    if (firstSlot == KeyView.SLOTS) {
      return;
    }
    boolean[] ended = {true};
    keys.visit(
        firstSlot,
        keys.range().last(),
        (keySlot, key, type) -> {
          boolean more = visit(keySlot, key, type);
          ended[0] &= more;
          return more;
        });
    if (ended[0]) {
      endSlot();
      nextCursor = cut == NOTHING_CUT ? cursorOfSlot(keys.range().last() + 1) : nextCursor;
    }
    if (cut != NOTHING_CUT && found.isEmpty()) {
      showEqualHashes(keys);
    }
  }

  @Override
  public boolean visit(int keySlot, byte[] key, byte type) {
    if (keySlot != slot) {
      endSlot();
      if (cut != NOTHING_CUT || found.size() >= wanted || foundBytes >= MAX_BYTES) {
        return false;
      }
      slot = keySlot;
    }
    long hash = hash(key);
    if (slot == firstSlot && hash < firstPosition || hash >= cut) {
      return true;
    }
    lowest.add(new Found(hash, key, type));
    lowestBytes += key.length;
    while (lowest.size() > slotLimit || lowestBytes > MAX_BYTES && lowest.size() > 1) {
      Found highest = lowest.remove();
      lowestBytes -= highest.key().length;
      cut = highest.hash();
    }
    return true;
  }

  /** Moves what was kept of the current slot to the answer, and the cursor behind it. */
  private void endSlot() {
    for (Found key : lowest) {
      if (key.hash() < cut) {
        found.add(key);
      }
    }
    lowest.clear();
    foundBytes += lowestBytes;
    lowestBytes = 0;
    nextCursor = cut == NOTHING_CUT ? cursorOfSlot(slot + 1) : cursorOfSlot(slot) | cut;
  }

  private static long cursorOfSlot(int slot) {
    return slot == KeyView.SLOTS ? 0 : (long) slot << POSITION_BITS;
  }

  /** Keys made to have one hash all belong to one step, or the scan would never get past them. */
  private void showEqualHashes(KeyView keys) throws StorageException {
    long equal = cut;
    keys.visit(
        slot,
        slot,
        (keySlot, key, type) -> {
          if (hash(key) == equal) {
            found.add(new Found(equal, key, type));
          }
          return true;
        });
    nextCursor = equal == POSITION_MASK ? cursorOfSlot(slot + 1) : cursorOfSlot(slot) | (equal + 1);
  }

  /** 48 bits; part of the meaning of cursors, so never to be changed. */
  static long hash(byte[] key) {
    long hash = FNV_OFFSET;
    for (byte b : key) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    hash = (hash ^ hash >>> 33) * MIX;
    hash ^= hash >>> 33;
    return hash >>> (64 - POSITION_BITS);
  }

  List<Found> found() {
    return found;
  }

  /** That of the slot after the range at its end; 0 at the end of all. */
  long nextCursor() {
    return nextCursor;
  }
}
