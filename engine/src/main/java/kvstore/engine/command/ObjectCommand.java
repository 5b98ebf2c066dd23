package kvstore.engine.command;

import java.util.List;
import java.util.stream.Stream;
import kvstore.engine.storage.StorageException;

/** OBJECT: what Redis would tell of a value; ours are all stored the same way. */
final class ObjectCommand {
  private static final int EMBEDDED_BYTES = 44;
  private static final List<Outcome> HELP =
      Stream.of(
              "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
              "ENCODING <key>",
              "    Return the kind of internal representation used in order to store the value",
              "    associated with a <key>.",
              "FREQ <key>",
              "    Return the access frequency index of the <key>.",
              "IDLETIME <key>",
              "    Return the idle time of the <key>.",
              "REFCOUNT <key>",
              "    Return the number of references of the value associated with the specified",
              "    <key>.",
              "HELP",
              "    Print this help.")
          .<Outcome>map(Outcome.Text::new)
          .toList();

  private ObjectCommand() {}

  static Outcome object(KeyView keys, byte[][] arguments) throws StorageException {
    String subcommand = Words.text(arguments[0]);
    boolean one = arguments.length == 1;
    boolean two = arguments.length == 2;
    if (Words.is(arguments[0], "help") && one) {
      return new Outcome.Many(HELP);
    } else if (Words.is(arguments[0], "encoding") && two) {
      Value value = keys.get(arguments[1]);
      return value == null ? Outcome.NIL : new Outcome.Bytes(Words.bytes(encoding(value)));
    } else if (Words.is(arguments[0], "refcount") && two) {
      return keys.get(arguments[1]) == null ? Outcome.NIL : new Outcome.Int(1);
    } else if (Words.is(arguments[0], "idletime") && two) {
      return keys.get(arguments[1]) == null ? Outcome.NIL : new Outcome.Int(0);
    } else if (Words.is(arguments[0], "freq") && two) {
      if (keys.get(arguments[1]) == null) {
        return Outcome.NIL;
      }
      throw new Refusal(
          "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
              + " that when switching between policies at runtime LRU and LFU data will take some"
              + " time to adjust.");
    }
    for (String known : List.of("help", "encoding", "refcount", "idletime", "freq")) {
      if (Words.is(arguments[0], known)) {
        throw new Refusal("ERR wrong number of arguments for 'object|" + known + "' command");
      }
    }
    throw new Refusal("ERR unknown subcommand '" + subcommand + "'. Try OBJECT HELP.");
  }

  private static String encoding(Value value) {
    if (Numbers.isLong(value.data(), value.offset(), value.length())) {
      return "int";
    }
    return value.length() <= EMBEDDED_BYTES ? "embstr" : "raw";
  }
}
