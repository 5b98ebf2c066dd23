package kvstore.protocol;

import java.util.List;
import kvstore.protocol.CommandSpec.Splitting;

/** Commands on string values. */
final class StringRows {

  private static final String WRITES = "write denyoom @string";
  private static final String WRITES_FAST = "write denyoom fast @string";
  private static final String READS = "readonly @string";
  private static final String READS_FAST = "readonly fast @string";

  private StringRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("string");
    own(rows);
    whole(rows);
    parts(rows);
    numbers(rows);
    return rows.list();
  }

  private static void own(Rows rows) {
    rows.row("put", 3, WRITES)
        .keys(1, 1, 1)
        .since("0.1.0")
        .is("key value", "Stores a value under a key.");
    rows.row("remove", 2, "write @keyspace")
        .keys(1, 1, 1)
        .since("0.1.0")
        .is("key", "Removes a key; OK if it was there, nil if not.");
    rows.row("cas", 4, WRITES)
        .keys(1, 1, 1)
        .since("0.1.0")
        .is(
            "key expected new",
            "Sets a key if its value is the one expected: 1, else 0, or -1 if the key is missing.");
    rows.row("cad", 3, "write @string")
        .keys(1, 1, 1)
        .since("0.1.0")
        .is(
            "key expected",
            "Deletes a key if its value is the one expected: 1, else 0, or -1 if it is missing.");
  }

  private static void whole(Rows rows) {
    rows.row("get", 2, READS_FAST).keys(1, 1, 1).is("key", "Returns the string value of a key.");
    rows.row("set", -3, WRITES)
        .keys(1, 1, 1)
        .is(
            "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds |"
                + " PXAT unix-time-milliseconds | KEEPTTL]",
            "Sets the string value of a key, whatever was there before.");
    rows.row("setnx", 3, WRITES_FAST)
        .keys(1, 1, 1)
        .is("key value", "Sets a key only if it does not exist.");
    rows.row("setex", 4, WRITES)
        .keys(1, 1, 1)
        .since("2.0.0")
        .is("key seconds value", "Sets a key with a time to live in seconds.");
    rows.row("psetex", 4, WRITES)
        .keys(1, 1, 1)
        .since("2.6.0")
        .is("key milliseconds value", "Sets a key with a time to live in milliseconds.");
    rows.row("getset", 3, WRITES_FAST)
        .keys(1, 1, 1)
        .is("key value", "Sets a key and returns its old value.");
    rows.row("getdel", 2, "write fast @string")
        .keys(1, 1, 1)
        .since("6.2.0")
        .is("key", "Returns the value of a key and deletes the key.");
    rows.row("getex", -2, "write fast @string")
        .keys(1, 1, 1)
        .since("6.2.0")
        .is(
            "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT"
                + " unix-time-milliseconds | PERSIST]",
            "Returns the value of a key and sets its expiry.");
    rows.row("mget", -2, READS_FAST)
        .keys(1, -1, 1)
        .split(Splitting.MGET)
        .costs("O(N)")
        .is("key [key ...]", "Returns the values of several keys.");
    rows.row("mset", -3, WRITES)
        .keys(1, -1, 2)
        .split(Splitting.MSET)
        .since("1.0.1")
        .costs("O(N)")
        .is("key value [key value ...]", "Sets several keys.");
    rows.row("msetnx", -3, WRITES)
        .keys(1, -1, 2)
        .since("1.0.1")
        .costs("O(N)")
        .is("key value [key value ...]", "Sets several keys only if none of them exists.");
  }

  private static void parts(Rows rows) {
    rows.row("append", 3, WRITES_FAST)
        .keys(1, 1, 1)
        .since("2.0.0")
        .is("key value", "Appends to the value of a key, or creates it.");
    rows.row("strlen", 2, READS_FAST)
        .keys(1, 1, 1)
        .since("2.2.0")
        .is("key", "Returns the length of a value in bytes.");
    rows.row("getrange", 4, READS)
        .keys(1, 1, 1)
        .since("2.4.0")
        .costs("O(N)")
        .is("key start end", "Returns a part of a value.");
    rows.row("substr", 4, READS)
        .keys(1, 1, 1)
        .costs("O(N)")
        .is("key start end", "Returns a part of a value; an old name of GETRANGE.");
    rows.row("setrange", 4, WRITES)
        .keys(1, 1, 1)
        .since("2.2.0")
        .is("key offset value", "Overwrites a part of a value, padding with zero bytes.");
    rows.row("lcs", -3, READS)
        .keys(1, 2, 1)
        .since("7.0.0")
        .costs("O(N*M)")
        .is(
            "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
            "Finds the longest common subsequence of two values.");
  }

  private static void numbers(Rows rows) {
    rows.row("incr", 2, WRITES_FAST).keys(1, 1, 1).is("key", "Adds one to a number.");
    rows.row("decr", 2, WRITES_FAST).keys(1, 1, 1).is("key", "Takes one from a number.");
    rows.row("incrby", 3, WRITES_FAST).keys(1, 1, 1).is("key increment", "Adds to a number.");
    rows.row("decrby", 3, WRITES_FAST).keys(1, 1, 1).is("key decrement", "Takes from a number.");
    rows.row("incrbyfloat", 3, WRITES_FAST)
        .keys(1, 1, 1)
        .since("2.6.0")
        .is("key increment", "Adds to a decimal number.");
  }
}
