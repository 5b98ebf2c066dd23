package kvstore.testkit.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Where a group's state machine hears of things: one after the other, some time later. */
final class ApplyThread {

  /**
   * Something that the state machine, or who waits for it, has yet to hear of.
   *
   * @param instead what is done if the replica ends first
   */
  private record News(Runnable work, Runnable instead) {}

  private final Life life;
  private final Deque<News> waiting = new ArrayDeque<>();
  private boolean awake;
  private long heldUpUntil;

  /** Grows when the replica ends, so that nothing of the former one is told to the next. */
  private long replica;

  ApplyThread(Life life) {
    this.life = life;
  }

  void tell(Runnable work, Runnable instead) {
    waiting.add(new News(work, instead));
    wake();
  }

  /** Until then it applies nothing: a slow disk, a compaction that cannot keep up. */
  void holdUp(long time) {
    heldUpUntil = time;
  }

  /** The replica has ended: what nobody has heard of yet, nobody shall. */
  void drop() {
    replica++;
    List<News> untold = List.copyOf(waiting);
    waiting.clear();
    untold.forEach(news -> life.world.after(0, life, news.instead()));
  }

  private void wake() {
    if (!awake && !waiting.isEmpty()) {
      awake = true;
      long mine = replica;
      life.world.after(
          life.world.between(0, life.world.rates.applyLag), life, () -> tellNext(mine));
    }
  }

  private void tellNext(long of) {
    if (of == replica && life.world.now() < heldUpUntil) {
      life.world.after(heldUpUntil - life.world.now(), life, () -> tellNext(of));
      return;
    }
    awake = false;
    News next = of == replica ? waiting.poll() : null;
    if (next != null) {
      next.work().run();
    }
    wake();
  }
}
