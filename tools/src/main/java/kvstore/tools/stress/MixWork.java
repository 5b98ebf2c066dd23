package kvstore.tools.stress;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import kvstore.tools.stress.Distribution.KeyChooser;

/**
 * Reads and writes in the asked proportion. Without an interval a request is due as soon as there
 * is room in the window; with one, requests are due on a schedule that does not wait for replies.
 */
final class MixWork implements Work {

  private record Repeat(Operation operation, int key, long intended) {}

  private final SplittableRandom random;
  private final KeyChooser keys;
  private final double readShare;
  private final int window;
  private final double interval;
  private final long firstAt;
  private final Deadline end;
  private final ArrayDeque<Repeat> repeated = new ArrayDeque<>();
  private long left;
  private long scheduled;
  private Operation operation = Operation.GET;
  private int key;
  private long intended;

  /**
   * @param interval ns from one request to the next; 0 to follow the replies
   * @param firstAt when the first is due
   * @param end from when on nothing is due
   * @param requests how many
   */
  MixWork(
      SplittableRandom random,
      KeyChooser keys,
      double readShare,
      int window,
      double interval,
      long firstAt,
      Deadline end,
      long requests) {
    this.random = random;
    this.keys = keys;
    this.readShare = readShare;
    this.window = window;
    this.interval = interval;
    this.firstAt = firstAt;
    this.end = end;
    this.left = requests;
  }

  private boolean over(long now) {
    long endAt = end.at();
    return endAt != NEVER && now - endAt >= 0;
  }

  private long nextAt() {
    return firstAt + (long) (scheduled * interval);
  }

  @Override
  public long due(long now) {
    if (over(now)) {
      return NEVER;
    }
    if (!repeated.isEmpty()) {
      return now;
    }
    if (left == 0) {
      return NEVER;
    }
    if (interval == 0) {
      return now;
    }
    long at = nextAt();
    long endAt = end.at();
    return endAt != NEVER && at - endAt >= 0 ? NEVER : at;
  }

  @Override
  public void take(long now) {
    Repeat repeat = repeated.poll();
    if (repeat != null) {
      operation = repeat.operation;
      key = repeat.key;
      intended = repeat.intended;
      return;
    }
    operation = random.nextDouble() < readShare ? Operation.GET : Operation.SET;
    key = keys.next(random);
    intended = interval == 0 ? now : nextAt();
    scheduled++;
    left--;
  }

  @Override
  public Operation operation() {
    return operation;
  }

  @Override
  public int key() {
    return key;
  }

  @Override
  public long intended() {
    return intended;
  }

  @Override
  public void again(Operation again, int againKey, long wasIntended) {
    repeated.add(new Repeat(again, againKey, wasIntended));
  }

  @Override
  public void lost(Operation lost, int lostKey) {
    // counted as an error already; a user would not repeat it blindly either
  }

  @Override
  public int window() {
    return window;
  }

  @Override
  public long unsent(long now) {
    long endAt = end.at();
    if (interval == 0 || endAt == NEVER) {
      return repeated.size();
    }
    long due = Math.max(0, (long) Math.ceil((endAt - firstAt) / interval));
    return Math.max(0, Math.min(due - scheduled, left)) + repeated.size();
  }
}
