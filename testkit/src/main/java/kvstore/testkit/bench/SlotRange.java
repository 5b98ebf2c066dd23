package kvstore.testkit.bench;

import kvstore.protocol.Slots;

/** Slots in a row, both ends included. */
record SlotRange(int first, int last) {

  static final SlotRange ALL = new SlotRange(0, Slots.COUNT - 1);

  SlotRange {
    if (first < 0 || last < first || last >= Slots.COUNT) {
      throw new IllegalArgumentException(
          "expected slots=first-last within 0-"
              + (Slots.COUNT - 1)
              + ", got "
              + first
              + "-"
              + last);
    }
  }

  /** Reads {@code first-last}. */
  static SlotRange parse(String text) {
    String[] ends = text.split("-", -1);
    if (!text.matches("\\d{1,5}-\\d{1,5}")) {
      throw new IllegalArgumentException("expected slots=first-last, got " + text);
    }
    return new SlotRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  boolean holds(byte[] key) {
    int slot = Slots.slotOf(key);
    return first <= slot && slot <= last;
  }
}
