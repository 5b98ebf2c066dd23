package kvstore.tools.stress;

import java.util.ArrayDeque;

/** One request for each key of a client, repeated until it has a good answer. */
final class SweepWork implements Work {

  private final Operation operation;
  private final int keys;
  private final int window;
  private final ArrayDeque<Integer> repeated = new ArrayDeque<>();
  private int next;
  private int key;
  private long intended;

  SweepWork(Operation operation, int keys, int window) {
    this.operation = operation;
    this.keys = keys;
    this.window = window;
  }

  @Override
  public long due(long now) {
    return next < keys || !repeated.isEmpty() ? now : NEVER;
  }

  @Override
  public void take(long now) {
    Integer again = repeated.poll();
    key = again == null ? next++ : again;
    intended = now;
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
  public void again(Operation done, int again, long wasIntended) {
    repeated.add(again);
  }

  /** A new write of the key, with a version of its own, settles what must be there. */
  @Override
  public void lost(Operation done, int lost) {
    repeated.add(lost);
  }

  @Override
  public int window() {
    return window;
  }

  @Override
  public long unsent(long now) {
    return (long) keys - next + repeated.size();
  }
}
