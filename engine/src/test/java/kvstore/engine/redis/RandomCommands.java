package kvstore.engine.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Commands with arguments that are mostly sensible, and often not. Times lie far away. */
public final class RandomCommands {
  private static final List<String> SHAPES =
      List.of(
          "set k v",
          "set k v",
          "set k n",
          "set k v so",
          "set k v so so",
          "set k v so so so",
          "setnx k v",
          "setex k x v",
          "psetex k x v",
          "getset k v",
          "getdel k",
          "getex k",
          "getex k go",
          "getex k go go",
          "get k",
          "mget k k k",
          "mset k v k v",
          "mset k v k",
          "msetnx k v k v",
          "append k v",
          "strlen k",
          "getrange k i i",
          "substr k i i",
          "setrange k i v",
          "incr k",
          "decr k",
          "incrby k n",
          "decrby k n",
          "incrbyfloat k f",
          "set k f",
          "lcs k k",
          "lcs k k lo",
          "lcs k k lo lo",
          "lcs k k lo lo lo",
          "lcs k k idx withmatchlen",
          "del k k",
          "unlink k",
          "exists k k k",
          "touch k k",
          "type k",
          "expire k x",
          "pexpire k x",
          "expireat k x",
          "pexpireat k x",
          "expire k x eo",
          "pexpireat k x eo",
          "expire k x eo eo",
          "ttl k",
          "pttl k",
          "expiretime k",
          "pexpiretime k",
          "persist k",
          "rename k k",
          "renamenx k k",
          "copy k k",
          "copy k k co",
          "copy k k co co",
          "dbsize",
          "setbit k i b",
          "getbit k i",
          "bitcount k",
          "bitcount k i i",
          "bitcount k i i u",
          "bitcount k i",
          "bitpos k b",
          "bitpos k b i",
          "bitpos k b i i",
          "bitpos k b i i u",
          "bitop bo k k k",
          "bitop bo k k",
          "bitfield k bf bf",
          "bitfield k bf bf bf",
          "bitfield k",
          "bitfield_ro k bf",
          "object encoding k",
          "object refcount k",
          "object so k",
          "keys p",
          "keys p",
          "flushall",
          "flushdb go",
          "get",
          "set k",
          "append k",
          "get k k",
          "bitfield",
          "scan",
          "scan n",
          "incrbyfloat k f",
          "setrange k i v",
          "bitfield k bf");

  private static final List<String> KEYS =
      List.of("a", "b", "c", "key:1", "key:2", "x[1]", "", "h*llo", "hello", "hallo");
  private static final List<String> VALUES =
      List.of(
          "",
          "0",
          "1",
          "abc",
          "ohmytext",
          "mynewtext",
          "\0\u00ff\0\u0001",
          "\u00ff\u00ff",
          "12345678901234567890",
          "10.5",
          "a longer value that does not fit into forty-four bytes",
          "\u00f0\u00ff\u0000",
          "aXbXc",
          "-7",
          "9223372036854775807",
          "-9223372036854775808");
  private static final List<String> INTEGERS =
      List.of(
          "0",
          "1",
          "-1",
          "2",
          "5",
          "7",
          "8",
          "9",
          "-2",
          "-5",
          "-100",
          "100",
          "1000",
          "x",
          "",
          "01",
          "+1",
          " 1",
          "-0",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "8388607",
          "8388608",
          "1048576",
          "1048575",
          "4294967295",
          "3");
  private static final List<String> FLOATS =
      List.of(
          "0.1",
          "1",
          "-1.5",
          "3.0e3",
          "1e-5",
          "10.10000000000000001",
          "inf",
          "-inf",
          "nan",
          "x",
          "",
          " 1",
          "1 ",
          "1e4000",
          "1e5000",
          "-0",
          "0.30000000000000004",
          ".5",
          "5.",
          "+1",
          "123456789012345678901234567890",
          "-0.1",
          "1e17",
          "2.5e-17",
          "1e-4940",
          "1e-5000",
          "3.14159265358979323846",
          "1e",
          "9007199254740993",
          "0.7");
  private static final List<String> TIMES =
      List.of(
          "1000000",
          "2000000",
          "100000000",
          "4102444800",
          "4102444800000",
          "0",
          "-1",
          "-1000",
          "x",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775",
          "",
          "9223372036854776",
          "5000000000000");

  private final SplittableRandom random;

  public RandomCommands(long seed) {
    random = new SplittableRandom(seed);
  }

  public List<byte[]> next() {
    List<String> words = new ArrayList<>();
    String[] shape = pick(SHAPES).split(" ");
    words.add(shape[0]);
    for (int i = 1; i < shape.length; i++) {
      add(words, shape[i]);
    }
    return words.stream().map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toList();
  }

  private void add(List<String> words, String kind) {
    switch (kind) {
      case "k" -> words.add(pick(KEYS));
      case "v" -> words.add(pick(VALUES));
      case "n", "i" -> words.add(pick(INTEGERS));
      case "f" -> words.add(pick(FLOATS));
      case "x" -> words.add(farTime());
      case "b" -> words.add(pick(List.of("0", "1", "1", "0", "2", "x", "-1")));
      case "u" -> words.add(pick(List.of("bit", "BYTE", "byte", "BIT", "bits")));
      case "so" ->
          option(words, List.of("NX", "XX", "GET", "KEEPTTL", "EX", "PX", "exat", "pxat", "bad"));
      case "go" -> option(words, List.of("PERSIST", "EX", "px", "EXAT", "PXAT", "async", "NX"));
      case "eo" -> words.add(pick(List.of("NX", "XX", "GT", "LT", "gt", "lt", "bad")));
      case "co" -> option(words, List.of("REPLACE", "DB", "replace", "bad"));
      case "lo" -> option(words, List.of("IDX", "LEN", "MINMATCHLEN", "WITHMATCHLEN", "bad"));
      case "bo" -> words.add(pick(List.of("and", "OR", "xor", "NOT", "nand")));
      case "bf" -> bitField(words);
      case "p" -> words.add(pattern());
      default -> words.add(kind);
    }
  }

  private void option(List<String> words, List<String> options) {
    String option = pick(options);
    words.add(option);
    boolean wantsNumber =
        List.of("EX", "PX", "EXAT", "PXAT").contains(option.toUpperCase(java.util.Locale.ROOT));
    if (wantsNumber && random.nextInt(10) > 0) {
      words.add(farTime());
    } else if (option.equals("DB")) {
      words.add(pick(List.of("0", "0", "x", "-1", "99999", "9999999999")));
    } else if (option.equals("MINMATCHLEN")) {
      words.add(pick(List.of("0", "1", "2", "4", "-1", "x")));
    }
  }

  private void bitField(List<String> words) {
    String action = pick(List.of("GET", "SET", "INCRBY", "get", "OVERFLOW", "OVERFLOW", "bad"));
    words.add(action);
    if (action.equals("OVERFLOW")) {
      words.add(pick(List.of("WRAP", "SAT", "FAIL", "sat", "fail", "none")));
      return;
    }
    words.add(
        pick(List.of("u8", "i8", "u1", "i64", "u63", "i5", "u4", "i16", "u64", "i65", "u0", "x8")));
    words.add(
        pick(List.of("0", "1", "3", "#0", "#1", "#2", "13", "100", "-1", "#x", "x", "8388000")));
    if (!action.equalsIgnoreCase("GET")) {
      words.add(pick(INTEGERS));
    }
  }

  private String pattern() {
    StringBuilder pattern = new StringBuilder();
    int length = random.nextInt(6);
    for (int i = 0; i < length; i++) {
      pattern.append(
          pick(
              List.of(
                  "*", "?", "h", "e", "l", "key", "[", "]", "[a-c]", "[^a]", "\\", "^", "a", "[ea]",
                  "1", ":", "o")));
    }
    return pattern.toString();
  }

  private String farTime() {
    return pick(TIMES);
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
