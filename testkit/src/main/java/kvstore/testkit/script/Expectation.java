package kvstore.testkit.script;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares rendered replies with the expected lines of a step. */
final class Expectation {

  private static final Pattern RANGE = Pattern.compile("(.*\\(integer\\) )(-?\\d+)\\.\\.(-?\\d+)");
  private static final Pattern NUMBER = Pattern.compile("(.*\\(integer\\) )(-?\\d+)");

  private Expectation() {}

  static boolean met(List<String> expected, List<String> actual, boolean unordered) {
    if (unordered) {
      return anyOrder(expected, actual);
    }
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).equals("...")) {
        return true;
      }
      if (i >= actual.size() || !lineMet(expected.get(i), actual.get(i))) {
        return false;
      }
    }
    return expected.size() == actual.size();
  }

  private static boolean anyOrder(List<String> expected, List<String> actual) {
    return unnumbered(expected).equals(unnumbered(actual));
  }

  private static List<String> unnumbered(List<String> lines) {
    List<String> items = new ArrayList<>();
    for (String line : lines) {
      items.add(line.replaceFirst("^ *\\d+[)~] ", ""));
    }
    items.sort(null);
    return items;
  }

  private static boolean lineMet(String expected, String actual) {
    if (expected.length() > 1 && expected.startsWith("/") && expected.endsWith("/")) {
      return actual.matches(expected.substring(1, expected.length() - 1));
    }
    Matcher range = RANGE.matcher(expected);
    Matcher number = NUMBER.matcher(actual);
    if (range.matches() && number.matches()) {
      long value = Long.parseLong(number.group(2));
      return range.group(1).equals(number.group(1))
          && value >= Long.parseLong(range.group(2))
          && value <= Long.parseLong(range.group(3));
    }
    return expected.equals(actual);
  }
}
