package kvstore.tools.verify.history;

import org.jspecify.annotations.Nullable;

/** Numbers that look random, always the same for the same input. */
final class Fingerprint {

  private static final long FIRST = 0x9e3779b97f4a7c15L;
  private static final long SECOND = 0xd1b54a32d192ed03L;

  private Fingerprint() {}

  static long first(int number) {
    return mixed(FIRST * (number + 1L));
  }

  static long second(int number) {
    return mixed(SECOND * (number + 1L));
  }

  static long first(@Nullable String[] state) {
    return of(state, FIRST);
  }

  static long second(@Nullable String[] state) {
    return of(state, SECOND);
  }

  private static long of(@Nullable String[] state, long factor) {
    long hash = factor;
    for (String value : state) {
      hash = mixed(hash + (value == null ? 1 : 2)) * factor;
      if (value != null) {
        for (int i = 0; i < value.length(); i++) {
          hash = (hash ^ value.charAt(i)) * factor;
          hash ^= hash >>> 29;
        }
      }
    }
    return mixed(hash);
  }

  /** The finalizer of splitmix64. */
  private static long mixed(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
