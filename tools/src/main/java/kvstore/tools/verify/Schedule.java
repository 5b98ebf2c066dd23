package kvstore.tools.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import kvstore.tools.verify.fault.FaultKind;
import kvstore.tools.verify.fault.Faults;
import kvstore.tools.verify.fault.Injection;
import kvstore.tools.verify.fault.Stage;
import kvstore.tools.verify.report.FaultReport;

/**
 * One fault after the other, each kind once before any comes again, in an order and with lengths
 * that the seed decides. The next one waits until all nodes are well. For one thread.
 */
final class Schedule {

  private static final int MOST_MILLIS_TO_GET_WELL = 60_000;
  private static final int TICK_MILLIS = 50;
  private static final int LEAST_CALM_MILLIS = 400;
  private static final int MORE_CALM_MILLIS = 1_200;

  private final Stage stage;
  private final Faults faults;
  private final List<FaultKind> kinds;
  private final SplittableRandom random;
  private final Timeline timeline;
  private final Consumer<FaultReport> listener;
  private final List<FaultKind> deck = new ArrayList<>();

  Schedule(
      Stage stage,
      Collection<FaultKind> kinds,
      SplittableRandom random,
      Timeline timeline,
      Consumer<FaultReport> listener) {
    this.stage = stage;
    this.faults = new Faults(stage);
    this.kinds = List.copyOf(kinds);
    this.random = random;
    this.timeline = timeline;
    this.listener = listener;
  }

  /** Runs until the given time, in ms since the start; a fault that has begun is ended. */
  void run(int until, BooleanSupplier interrupted) throws IOException, InterruptedException {
    while (!interrupted.getAsBoolean()) {
      int calm = LEAST_CALM_MILLIS + random.nextInt(MORE_CALM_MILLIS);
      int left = until - timeline.now();
      Thread.sleep(Math.max(0, Math.min(calm, left)));
      if (kinds.isEmpty() ? left <= 0 : timeline.now() >= until) {
        return;
      }
      if (!kinds.isEmpty()) {
        listener.accept(happen(next()));
      }
    }
  }

  private FaultKind next() {
    if (deck.isEmpty()) {
      deck.addAll(kinds);
      for (int i = deck.size() - 1; i > 0; i--) {
        Collections.swap(deck, i, random.nextInt(i + 1));
      }
    }
    return deck.remove(deck.size() - 1);
  }

  private FaultReport happen(FaultKind kind) throws IOException, InterruptedException {
    Map<String, Long> errors = timeline.errors();
    int lasts = kind.leastMillis() + random.nextInt(kind.mostMillis() - kind.leastMillis());
    int began = timeline.now();
    Injection injection = faults.begin(kind);
    for (int until = timeline.now() + lasts; timeline.now() < until; ) {
      injection.tick();
      Thread.sleep(Math.max(1, Math.min(TICK_MILLIS, until - timeline.now())));
    }
    injection.end();
    int ended = timeline.now();
    int well = awaitWell(ended);
    int over = timeline.now();
    int gap = timeline.longestGap(began, over);
    int next = timeline.nextSuccess(ended);
    return new FaultReport(
        kind.word(),
        injection.what(),
        kind.leavesMajority(),
        began,
        ended,
        well,
        gap,
        kind.leavesMajority() ? gap : next < 0 ? -1 : next - ended,
        timeline.availability(began, over),
        Timeline.since(errors, timeline.errors()),
        injection.finding());
  }

  /** When all were well, and operations succeeded again; -1 if that did not come. */
  private int awaitWell(int ended) throws InterruptedException {
    while (timeline.now() - ended < MOST_MILLIS_TO_GET_WELL) {
      boolean well = timeline.nextSuccess(ended) >= 0;
      for (int node = 0; node < stage.size() && well; node++) {
        well = stage.isWell(node);
      }
      if (well) {
        return timeline.now();
      }
      Thread.sleep(TICK_MILLIS);
    }
    return -1;
  }
}
