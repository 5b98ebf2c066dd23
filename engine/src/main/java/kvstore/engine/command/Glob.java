package kvstore.engine.command;

/**
 * A pattern as in Redis: {@code *}, {@code ?}, {@code [a-z]}, {@code [^a]}, and a backslash before
 * what is meant as it stands. Matching takes at most pattern times text steps.
 */
final class Glob {
  private final byte[] pattern;
  private final boolean all;

  Glob(byte[] pattern) {
    this.pattern = pattern;
    this.all = pattern.length == 1 && pattern[0] == '*';
  }

  boolean matches(byte[] text) {
    if (all || text.length == 0) {
      return all || pattern.length == 0; // as in Redis, not even ** matches the empty key
    }
    int p = 0;
    int t = 0;
    int star = -1;
    int starText = 0;
    while (t < text.length) {
      if (p < pattern.length && pattern[p] == '*') {
        star = p++;
        starText = t;
        continue;
      }
      int next = p < pattern.length ? matchOne(p, text[t]) : -1;
      if (next >= 0) {
        p = next;
        t++;
      } else if (star >= 0) {
        // Let the last star take one byte more; earlier ones need not be tried again.
        p = star + 1;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
  }

  /** The position behind the element at {@code p} if it matches the byte, else -1. */
  private int matchOne(int p, byte b) {
    switch (pattern[p]) {
      case '?':
        return p + 1;
      case '[':
        return matchClass(p + 1, b);
      case '\\':
        int literal = p + 1 < pattern.length ? p + 1 : p;
        return pattern[literal] == b ? literal + 1 : -1;
      default:
        return pattern[p] == b ? p + 1 : -1;
    }
  }

  /** A class that is not closed goes on to the end of the pattern. */
  private int matchClass(int start, byte b) {
    int p = start;
    boolean not = p < pattern.length && pattern[p] == '^';
    if (not) {
      p++;
    }
    boolean found = false;
    while (p < pattern.length && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < pattern.length) {
        found |= pattern[p + 1] == b;
        p += 2;
      } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
        int low = Math.min(pattern[p], pattern[p + 2]);
        int high = Math.max(pattern[p], pattern[p + 2]);
        found |= b >= low && b <= high;
        p += 3;
      } else {
        found |= pattern[p] == b;
        p++;
      }
    }
    return found == not ? -1 : Math.min(p + 1, pattern.length);
  }
}
