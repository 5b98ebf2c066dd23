package kvstore.server.shard;

import java.util.Arrays;
import java.util.List;
import kvstore.engine.command.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of the newest commands with an identity that this replica applied. Every replica
 * comes to the same ones, so that a new leader can say what became of a command that its
 * predecessor did not answer. Nothing of it is stored: it begins anew with the replica, and after
 * each snapshot, and knows from which log index on it is whole.
 *
 * <p>Sessions as in Ongaro's dissertation, section 6.3, would answer for longer, and would have to
 * be part of every snapshot; here an unknown outcome stays possible, and is only made rare.
 *
 * <p>Any thread may call any method.
 */
final class Recollection {

  /** Commands remembered; older ones are forgotten. At most some 1.5 MiB. */
  static final int MOST = 8_192;

  private static final int FIRST = 64;

  /** Bytes of a value or text, and items of a list, that are remembered with an outcome. */
  private static final int MOST_BYTES = 64;

  private static final int MOST_ITEMS = 16;

  /** What became of a command. */
  enum Fate {
    APPLIED,
    /** Applied, with an outcome too large to be remembered. */
    APPLIED_SOMEHOW,
    NOT_APPLIED,
    /** It may have been among what is forgotten. */
    FORGOTTEN
  }

  /**
   * @param outcome not null if applied
   */
  record Found(Fate fate, @Nullable Outcome outcome) {}

  private static final Found NOT_APPLIED = new Found(Fate.NOT_APPLIED, null);
  private static final Found FORGOTTEN = new Found(Fate.FORGOTTEN, null);

  // a ring; guarded by this
  private long[] identities = new long[FIRST];
  private long[] indexes = new long[FIRST];
  private @Nullable Outcome[] outcomes = new Outcome[FIRST];
  private int next;
  private int size;

  /** All commands with an identity in entries after this log index are remembered. */
  private long wholeSince;

  /** Forgets all. The replica's state is that of {@code appliedIndex}, however it came to it. */
  synchronized void restart(long appliedIndex) {
    next = 0;
    size = 0;
    Arrays.fill(outcomes, null);
    wholeSince = appliedIndex;
  }

  /**
   * The command was executed, as part of the entry at {@code index}, which must not be before that
   * of an earlier call.
   */
  synchronized void add(long identity, long index, Outcome outcome) {
    if (size == identities.length) {
      if (size < MOST) {
        grow();
      } else {
        wholeSince = Math.max(wholeSince, indexes[next]);
      }
    }
    identities[next] = identity;
    indexes[next] = index;
    outcomes[next] = isSmall(outcome) ? outcome : null;
    next = (next + 1) % identities.length;
    size = Math.min(size + 1, identities.length);
  }

  /**
   * What became of a command.
   *
   * @param since a log index before that of its entry, if it has one
   */
  synchronized Found find(long identity, long since) {
    for (int i = 0; i < size; i++) {
      if (identities[i] == identity) {
        Outcome outcome = outcomes[i];
        return new Found(outcome == null ? Fate.APPLIED_SOMEHOW : Fate.APPLIED, outcome);
      }
    }
    return since >= wholeSince ? NOT_APPLIED : FORGOTTEN;
  }

  /** It was never full at this size before, so the oldest is at the front. */
  private void grow() {
    int old = identities.length;
    int larger = Math.min(MOST, 2 * old);
    identities = Arrays.copyOf(identities, larger);
    indexes = Arrays.copyOf(indexes, larger);
    outcomes = Arrays.copyOf(outcomes, larger);
    next = old;
  }

  private static boolean isSmall(Outcome outcome) {
    if (outcome instanceof Outcome.Bytes bytes) {
      return bytes.value().length <= MOST_BYTES;
    }
    if (outcome instanceof Outcome.Refused refused) {
      return refused.message().length() <= 2 * MOST_BYTES;
    }
    List<Outcome> items =
        outcome instanceof Outcome.Many many
            ? many.items()
            : outcome instanceof Outcome.Pairs pairs ? pairs.keysAndValues() : List.of();
    return items.size() <= MOST_ITEMS && items.stream().allMatch(Recollection::isSmall);
  }
}
