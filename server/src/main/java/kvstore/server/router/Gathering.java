package kvstore.server.router;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits for the parts of one command, and remembers the worst that became of any. Thread-safe. */
final class Gathering {

  private final AtomicInteger missing;
  private final AtomicReference<@Nullable Unavailable> worst = new AtomicReference<>();
  private final Consumer<@Nullable Unavailable> end;

  /**
   * @param parts how many are waited for
   * @param end told once all have ended: null if all were answered, else the worst failure
   */
  Gathering(int parts, Consumer<@Nullable Unavailable> end) {
    this.missing = new AtomicInteger(parts);
    this.end = end;
  }

  void arrived() {
    if (missing.decrementAndGet() == 0) {
      end.accept(worst.get());
    }
  }

  void failed(Unavailable reason) {
    worst.accumulateAndGet(
        reason, (known, news) -> known == null || rank(news) > rank(known) ? news : known);
    arrived();
  }

  /** That something may have been applied says most; then why the rest was not. */
  private static int rank(@Nullable Unavailable reason) {
    if (reason == Unavailable.OUTCOME_UNKNOWN) {
      return 2;
    }
    return reason == Unavailable.NOT_APPLIED ? 0 : 1;
  }
}
