package kvstore.server.net;

/** Redis's glob: {@code * ? [a-z] [^a]} and a backslash before what is meant as it stands. */
final class GlobPattern {

  private GlobPattern() {}

  /**
   * Whether all of {@code text} matches; backtracks to the last star only, so the time is bounded.
   */
  static boolean matches(String pattern, String text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int starText = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        starText = t;
        continue;
      }
      int end = p < pattern.length() ? matchOne(pattern, p, text.charAt(t)) : -1;
      if (end >= 0) {
        p = end;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** The position after the element at {@code p} if it matches {@code c}, else -1. */
  private static int matchOne(String pattern, int p, char c) {
    char element = pattern.charAt(p);
    if (element == '?') {
      return p + 1;
    }
    if (element == '[') {
      return matchClass(pattern, p + 1, c);
    }
    if (element == '\\' && p + 1 < pattern.length()) {
      return pattern.charAt(p + 1) == c ? p + 2 : -1;
    }
    return element == c ? p + 1 : -1;
  }

  private static int matchClass(String pattern, int from, char c) {
    int p = from;
    boolean negated = p < pattern.length() && pattern.charAt(p) == '^';
    if (negated) {
      p++;
    }
    boolean found = false;
    while (p < pattern.length() && pattern.charAt(p) != ']') {
      if (p + 2 < pattern.length() && pattern.charAt(p + 1) == '-') {
        char low = (char) Math.min(pattern.charAt(p), pattern.charAt(p + 2));
        char high = (char) Math.max(pattern.charAt(p), pattern.charAt(p + 2));
        found |= c >= low && c <= high;
        p += 3;
      } else {
        if (pattern.charAt(p) == '\\' && p + 1 < pattern.length()) {
          p++;
        }
        found |= pattern.charAt(p) == c;
        p++;
      }
    }
    return found == negated ? -1 : Math.min(p + 1, pattern.length());
  }
}
