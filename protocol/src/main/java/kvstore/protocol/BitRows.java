package kvstore.protocol;

import java.util.List;

/** Commands on the bits of string values. */
final class BitRows {

  private static final String BITFIELD =
      "[GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] SET encoding offset value | INCRBY"
          + " encoding offset increment ...]";

  private BitRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("bitmap");
    rows.row("setbit", 4, "write denyoom @bitmap")
        .keys(1, 1, 1)
        .since("2.2.0")
        .is("key offset value", "Sets or clears a bit and returns its old value.");
    rows.row("getbit", 3, "readonly fast @bitmap")
        .keys(1, 1, 1)
        .since("2.2.0")
        .is("key offset", "Returns a bit.");
    rows.row("bitcount", -2, "readonly @bitmap")
        .keys(1, 1, 1)
        .since("2.6.0")
        .costs("O(N)")
        .is("key [start end [BYTE | BIT]]", "Counts the bits that are set.");
    rows.row("bitpos", -3, "readonly @bitmap")
        .keys(1, 1, 1)
        .since("2.8.7")
        .costs("O(N)")
        .is("key bit [start [end [BYTE | BIT]]]", "Finds the first bit that is set or clear.");
    rows.row("bitop", -4, "write denyoom @bitmap")
        .keys(2, -1, 1)
        .since("2.6.0")
        .costs("O(N)")
        .is(
            "AND | OR | XOR | NOT destkey key [key ...]",
            "Combines values bit by bit and stores the result.");
    rows.row("bitfield", -2, "write denyoom @bitmap")
        .keys(1, 1, 1)
        .since("3.2.0")
        .is("key " + BITFIELD, "Reads and changes integers of any width within a value.");
    rows.row("bitfield_ro", -2, "readonly fast @bitmap")
        .keys(1, 1, 1)
        .since("6.0.0")
        .is("key [GET encoding offset ...]", "Reads integers of any width within a value.");
    return rows.list();
  }
}
