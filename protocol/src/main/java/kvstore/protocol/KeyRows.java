package kvstore.protocol;

import java.util.List;
import kvstore.protocol.CommandSpec.Scope;
import kvstore.protocol.CommandSpec.Splitting;

/** Commands on keys, whatever their value. */
final class KeyRows {

  private static final String WRITES_FAST = "write fast @keyspace";
  private static final String READS_FAST = "readonly fast @keyspace";

  private KeyRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("generic");
    existence(rows);
    expiry(rows);
    moving(rows);
    walking(rows);
    wholeKeyspace(rows.list());
    return rows.list();
  }

  private static void existence(Rows rows) {
    rows.row("del", -2, "write @keyspace")
        .keys(1, -1, 1)
        .split(Splitting.SUM)
        .costs("O(N)")
        .is("key [key ...]", "Deletes keys and returns how many there were.");
    rows.row("unlink", -2, WRITES_FAST)
        .keys(1, -1, 1)
        .split(Splitting.SUM)
        .since("4.0.0")
        .costs("O(N)")
        .is("key [key ...]", "Deletes keys and returns how many there were.");
    rows.row("exists", -2, READS_FAST)
        .keys(1, -1, 1)
        .split(Splitting.SUM)
        .costs("O(N)")
        .is("key [key ...]", "Counts which of the keys exist.");
    rows.row("touch", -2, READS_FAST)
        .keys(1, -1, 1)
        .split(Splitting.SUM)
        .since("3.2.1")
        .costs("O(N)")
        .is("key [key ...]", "Counts which of the keys exist.");
    rows.row("type", 2, READS_FAST).keys(1, 1, 1).is("key", "Returns the type of a key's value.");
    Rows object = new Rows("generic");
    object
        .row("encoding", 3, "readonly @keyspace")
        .keys(2, 2, 1)
        .since("2.2.3")
        .is("key", "Returns how Redis would hold the value.");
    object
        .row("help", 2, "loading stale @keyspace")
        .since("6.2.0")
        .is("", "Lists the subcommands.");
    rows.row("object", -2, "readonly @keyspace")
        .keys(2, 2, 1)
        .of(object)
        .since("2.2.3")
        .is("subcommand [argument ...]", "Looks into a value.");
  }

  private static void expiry(Rows rows) {
    String options = " [NX | XX | GT | LT]";
    rows.row("expire", -3, WRITES_FAST)
        .keys(1, 1, 1)
        .is("key seconds" + options, "Sets a time to live in seconds.");
    rows.row("pexpire", -3, WRITES_FAST)
        .keys(1, 1, 1)
        .since("2.6.0")
        .is("key milliseconds" + options, "Sets a time to live in milliseconds.");
    rows.row("expireat", -3, WRITES_FAST)
        .keys(1, 1, 1)
        .since("1.2.0")
        .is("key unix-time-seconds" + options, "Sets the time at which a key expires.");
    rows.row("pexpireat", -3, WRITES_FAST)
        .keys(1, 1, 1)
        .since("2.6.0")
        .is("key unix-time-milliseconds" + options, "Sets the time at which a key expires.");
    rows.row("ttl", 2, READS_FAST)
        .keys(1, 1, 1)
        .is("key", "Returns the time to live in seconds; -1 for none, -2 for no key.");
    rows.row("pttl", 2, READS_FAST)
        .keys(1, 1, 1)
        .since("2.6.0")
        .is("key", "Returns the time to live in milliseconds; -1 for none, -2 for no key.");
    rows.row("expiretime", 2, READS_FAST)
        .keys(1, 1, 1)
        .since("7.0.0")
        .is("key", "Returns the Unix time in seconds at which a key expires.");
    rows.row("pexpiretime", 2, READS_FAST)
        .keys(1, 1, 1)
        .since("7.0.0")
        .is("key", "Returns the Unix time in milliseconds at which a key expires.");
    rows.row("persist", 2, WRITES_FAST)
        .keys(1, 1, 1)
        .since("2.2.0")
        .is("key", "Takes the expiry from a key.");
  }

  private static void moving(Rows rows) {
    rows.row("rename", 3, "write @keyspace")
        .keys(1, 2, 1)
        .is("key newkey", "Renames a key, overwriting the new name.");
    rows.row("renamenx", 3, WRITES_FAST)
        .keys(1, 2, 1)
        .is("key newkey", "Renames a key if the new name is free.");
    rows.row("copy", -3, "write denyoom @keyspace")
        .keys(1, 2, 1)
        .since("6.2.0")
        .costs("O(N)")
        .is("source destination [DB destination-db] [REPLACE]", "Copies a value to another key.");
  }

  private static void walking(Rows rows) {
    rows.row("keys", 2, "readonly @keyspace @dangerous")
        .on(Scope.KEYSPACE)
        .costs("O(N)")
        .is("pattern", "Lists all keys that match a pattern.");
    rows.row("scan", -2, "readonly @keyspace")
        .on(Scope.KEYSPACE)
        .since("2.8.0")
        .costs("O(1) a call, O(N) in all")
        .is(
            "cursor [MATCH pattern] [COUNT count] [TYPE type]",
            "Walks over the keys in steps; never misses a key that stays.");
    rows.row("randomkey", 1, "readonly @keyspace").on(Scope.KEYSPACE).is("", "Returns some key.");
  }

  private static void wholeKeyspace(List<CommandSpec> to) {
    Rows rows = new Rows("server");
    rows.row("dbsize", 1, READS_FAST).on(Scope.KEYSPACE).is("", "Counts the keys.");
    rows.row("flushdb", -1, "write @keyspace @dangerous")
        .on(Scope.KEYSPACE)
        .is("[ASYNC | SYNC]", "Removes all keys.");
    rows.row("flushall", -1, "write @keyspace @dangerous")
        .on(Scope.KEYSPACE)
        .is("[ASYNC | SYNC]", "Removes all keys.");
    to.addAll(rows.list());
  }
}
