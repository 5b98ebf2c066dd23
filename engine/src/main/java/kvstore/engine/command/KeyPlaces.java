package kvstore.engine.command;

/**
 * Where the keys stand among an operation's arguments. A command is looked at before it runs: if
 * one of its keys is not of the keyspace's slots, it has no effect at all.
 */
enum KeyPlaces {
  /**
   * No key: it concerns all keys that are here, or those that are not past some check of its own.
   */
  NONE,
  FIRST,
  FIRST_TWO,
  SECOND,
  ALL,
  /** Keys and values in turn. */
  EVERY_OTHER,
  ALL_BUT_FIRST,
  /** The first argument is a slot. */
  SLOT,
  /** The first argument is a cursor of SCAN, which names a slot. */
  CURSOR,
  /** Those of the commands in a transaction, and those it watches. */
  TRANSACTION;

  /**
   * Whether all keys, slots and cursors are of this keyspace. Bad arguments are others' to find.
   */
  boolean allIn(byte[][] arguments, KeyView keys) {
    return switch (this) {
      case NONE -> true;
      case FIRST -> in(arguments, 0, 1, 1, keys);
      case FIRST_TWO -> in(arguments, 0, 2, 1, keys);
      case SECOND -> in(arguments, 1, 2, 1, keys);
      case ALL -> in(arguments, 0, arguments.length, 1, keys);
      case EVERY_OTHER -> in(arguments, 0, arguments.length, 2, keys);
      case ALL_BUT_FIRST -> in(arguments, 1, arguments.length, 1, keys);
      case SLOT -> SlotCommands.isOf(keys.range(), arguments);
      case CURSOR -> ScanStep.isOf(keys.range(), Numbers.parseCursor(arguments[0]));
      case TRANSACTION -> Transaction.allIn(arguments, keys);
    };
  }

  private static boolean in(byte[][] arguments, int from, int to, int step, KeyView keys) {
    for (int i = from; i < to && i < arguments.length; i += step) {
      if (!keys.holds(arguments[i])) {
        return false;
      }
    }
    return true;
  }
}
