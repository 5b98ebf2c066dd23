package kvstore.tools.stress;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a client knows of its own keys, which nobody else writes: which version of each must be
 * there, and which could be. Owned by the client's thread.
 *
 * <p>Replies come in the order of the requests, so when a read is answered, every earlier write of
 * the connection has been answered too: the last one acknowledged must be seen. A write whose
 * outcome is unknown (no answer, or {@code -UNKNOWN}) may take effect at any later time, once, and
 * even after a later write: a node may hold it in a queue. So its version stays allowed until it
 * has been seen. A write that was refused for certain must never be seen.
 */
final class Ledger {

  /** What to think of a value that was read. */
  enum Finding {
    EXPECTED,
    /** A write with an unknown outcome took effect. */
    UNKNOWN_APPLIED,
    /** Missing, or older than what was acknowledged. */
    LOST,
    /** Refused, never sent, or sent after the read. */
    WRONG
  }

  static final int NIL = 0;

  private final int[] current;
  private final int[] newest;
  private final Map<Integer, Set<Integer>> unknown = new HashMap<>();

  Ledger(int keys) {
    this.current = new int[keys];
    this.newest = new int[keys];
  }

  /** The version for the next write; each is used once. */
  int nextVersion(int key) {
    return ++newest[key];
  }

  void acknowledged(int key, int version) {
    current[key] = version;
  }

  void unknown(int key, int version) {
    unknown.computeIfAbsent(key, any -> new HashSet<>()).add(version);
  }

  int current(int key) {
    return current[key];
  }

  /**
   * Judges a read.
   *
   * @param version what the value says, {@link #NIL} if there was none
   */
  Finding read(int key, int version) {
    if (version == current[key]) {
      return Finding.EXPECTED;
    }
    Set<Integer> possible = unknown.get(key);
    if (possible != null && possible.remove(version)) {
      current[key] = version;
      if (possible.isEmpty()) {
        unknown.remove(key);
      }
      return Finding.UNKNOWN_APPLIED;
    }
    return version < current[key] ? Finding.LOST : Finding.WRONG;
  }
}
