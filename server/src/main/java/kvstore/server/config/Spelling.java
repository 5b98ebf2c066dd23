package kvstore.server.config;

import java.util.Comparator;
import java.util.Optional;

/** Finds the option that a misspelt name meant. */
final class Spelling {

  private static final int MOST_EDITS = 3;

  private Spelling() {}

  static Optional<String> nearest(String name) {
    return OptionTable.all().stream()
        .map(Option::name)
        .filter(known -> distance(name, known) <= MOST_EDITS)
        .min(Comparator.comparingInt(known -> distance(name, known)));
  }

  /** Levenshtein's distance. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int substitute = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[right.length()];
  }
}
