package kvstore.engine.command;

import java.util.List;

/** Bounds the bytes that one command answers. */
final class ReplySize {
  /** What an item costs beside its bytes, about. */
  private static final int ITEM_BYTES = 32;

  private final long max;
  private long bytes;

  ReplySize(KeyspaceLimits limits) {
    max = limits.maxReplyBytes();
  }

  /** Counts one item of the reply. */
  void add(int length) {
    bytes += ITEM_BYTES + length;
    if (bytes > max) {
      throw new Refusal("ERR reply would be larger than " + max + " bytes; ask for less at a time");
    }
  }

  void add(Outcome outcome) {
    if (outcome instanceof Outcome.Bytes text) {
      add(text.value().length);
    } else if (outcome instanceof Outcome.Many many) {
      addAll(many.items());
    } else if (outcome instanceof Outcome.Pairs pairs) {
      addAll(pairs.keysAndValues());
    } else {
      add(0);
    }
  }

  private void addAll(List<Outcome> outcomes) {
    add(0);
    for (Outcome outcome : outcomes) {
      add(outcome);
    }
  }
}
