package kvstore.engine.command;

import java.util.ArrayList;
import java.util.List;
import kvstore.engine.storage.StorageException;

/** {@code LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]}. */
final class LcsCommand {
  private static final byte[] EMPTY = {};

  private LcsCommand() {}

  private static final class Options {
    private boolean length;
    private boolean indexes;
    private boolean matchLengths;
    private long minMatch;

    static Options parse(byte[][] arguments) {
      Options options = new Options();
      for (int i = 2; i < arguments.length; i++) {
        if (Words.is(arguments[i], "idx")) {
          options.indexes = true;
        } else if (Words.is(arguments[i], "len")) {
          options.length = true;
        } else if (Words.is(arguments[i], "withmatchlen")) {
          options.matchLengths = true;
        } else if (Words.is(arguments[i], "minmatchlen") && i + 1 < arguments.length) {
          options.minMatch = Math.max(0, Numbers.parse(arguments[++i]));
        } else {
          throw Refusal.syntax();
        }
      }
      if (options.indexes && options.length) {
        throw new Refusal("ERR If you want both the length and indexes, please just use IDX.");
      }
      return options;
    }
  }

  static Outcome lcs(KeyView keys, byte[][] arguments) throws StorageException {
    byte[] a = text(keys, arguments[0]);
    byte[] b = text(keys, arguments[1]);
    Options options = Options.parse(arguments);
    if ((a.length + 1L) * (b.length + 1L) * Integer.BYTES > keys.limits().maxValueBytes()) {
      throw new Refusal(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    int[] lengths = lengths(a, b);
    int length = lengths[lengths.length - 1];
    if (options.length) {
      return new Outcome.Int(length);
    }
    return walk(a, b, lengths, options);
  }

  private static byte[] text(KeyView keys, byte[] key) throws StorageException {
    Value value = keys.get(key);
    if (value == null) {
      return EMPTY;
    }
    if (value.type() != Value.STRING) {
      throw new Refusal("ERR The specified keys must contain string values");
    }
    return value.payload();
  }

  /** Length of the longest common subsequence of each pair of prefixes, row by row. */
  private static int[] lengths(byte[] a, byte[] b) {
    int width = b.length + 1;
    int[] lengths = new int[(a.length + 1) * width];
    for (int i = 1; i <= a.length; i++) {
      int row = i * width;
      for (int j = 1; j <= b.length; j++) {
        lengths[row + j] =
            a[i - 1] == b[j - 1]
                ? lengths[row - width + j - 1] + 1
                : Math.max(lengths[row - width + j], lengths[row + j - 1]);
      }
    }
    return lengths;
  }

  /** Follows one longest subsequence from its end, gathering it and its runs of neighbours. */
  private static Outcome walk(byte[] a, byte[] b, int[] lengths, Options options) {
    int width = b.length + 1;
    int left = lengths[lengths.length - 1];
    byte[] common = new byte[left];
    List<Outcome> matches = new ArrayList<>();
    int i = a.length;
    int j = b.length;
    int run = 0;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        common[--left] = a[i - 1];
        i--;
        j--;
        run++;
        continue;
      }
      addMatch(matches, i, j, run, options);
      run = 0;
      if (lengths[(i - 1) * width + j] > lengths[i * width + j - 1]) {
        i--;
      } else {
        j--;
      }
    }
    addMatch(matches, i, j, run, options);
    if (!options.indexes) {
      return new Outcome.Bytes(common);
    }
    return new Outcome.Pairs(
        List.of(
            new Outcome.Bytes(Words.bytes("matches")),
            new Outcome.Many(matches),
            new Outcome.Bytes(Words.bytes("len")),
            new Outcome.Int(common.length)));
  }

  private static void addMatch(
      List<Outcome> matches, int startA, int startB, int run, Options options) {
    if (!options.indexes || run == 0 || run < options.minMatch) {
      return;
    }
    List<Outcome> match = new ArrayList<>();
    match.add(range(startA, run));
    match.add(range(startB, run));
    if (options.matchLengths) {
      match.add(new Outcome.Int(run));
    }
    matches.add(new Outcome.Many(match));
  }

  private static Outcome range(int start, int length) {
    return new Outcome.Many(List.of(new Outcome.Int(start), new Outcome.Int(start + length - 1L)));
  }
}
