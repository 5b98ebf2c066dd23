package kvstore.tools.stress;

import java.util.Set;

/** Which error replies say that a write was not applied. */
final class Refusal {

  private static final Set<String> CERTAIN =
      Set.of(
          "TRYAGAIN",
          "CLUSTERDOWN",
          "OOM",
          "NOSPACE",
          "LOADING",
          "MOVED",
          "ASK",
          "READONLY",
          "MASTERDOWN",
          "NOAUTH",
          "NOPERM",
          "ERR");

  private Refusal() {}

  /** Whether it is certain; else the write may have been applied, now or later. */
  static boolean isCertain(String message) {
    int blank = message.indexOf(' ');
    return CERTAIN.contains(blank < 0 ? message : message.substring(0, blank));
  }
}
