package kvstore.engine.command;

/**
 * Slots that a keyspace holds.
 *
 * @param first inclusive, from 0
 * @param last inclusive, at most 16,383, not below {@code first}
 */
public record SlotRange(int first, int last) {

  /** Every slot. */
  public static final SlotRange ALL = new SlotRange(0, KeyView.SLOTS - 1);

  public SlotRange {
    if (first < 0 || last >= KeyView.SLOTS || first > last) {
      throw new IllegalArgumentException(
          "expected slots within 0 to 16383, but got " + first + " to " + last);
    }
  }

  public boolean holds(int slot) {
    return slot >= first && slot <= last;
  }

  public boolean isAll() {
    return first == 0 && last == KeyView.SLOTS - 1;
  }

  /** Whether every slot of {@code other} is one of these. */
  public boolean contains(SlotRange other) {
    return first <= other.first && last >= other.last;
  }

  public int size() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first + "-" + last;
  }
}
