package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int CALLERS = 4;
  private static final int TASKS = 20_000;

  private final ExecutorService threads = Executors.newFixedThreadPool(3);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void whatFindsNothingBeforeItIsDoneAtOnceByTheCaller() {
    SerialExecutor executor = new SerialExecutor(threads);
    List<Thread> by = new ArrayList<>();
    executor.executeHere(() -> by.add(Thread.currentThread()));
    executor.executeHere(() -> {
      by.add(Thread.currentThread());
      throw new IllegalStateException("a failure of a task is no failure of the caller");
    });
    executor.executeHere(() -> by.add(Thread.currentThread()));
    assertThat(by).hasSize(3).containsOnly(Thread.currentThread());
  }

  @Test
  void whatATaskAsksForIsDoneAfterIt() {
    SerialExecutor executor = new SerialExecutor(threads);
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    executor.executeHere(() -> {
      executor.executeHere(() -> done.add("inner"));
      done.add("outer");
    });
    await().atMost(PATIENCE).until(() -> done.size() == 2);
    assertThat(done).containsExactly("outer", "inner");
  }

  @Test
  void nothingIsDoneWhileTheGateIsShut() {
    AtomicBoolean open = new AtomicBoolean();
    AtomicInteger asked = new AtomicInteger();
    SerialExecutor executor =
        new SerialExecutor(
            threads,
            () -> {
              asked.incrementAndGet();
              return open.get();
            });
    List<String> done = Collections.synchronizedList(new ArrayList<>());
    executor.executeHere(() -> done.add("first"));
    executor.executeHere(() -> done.add("second"));
    await().atMost(PATIENCE).until(() -> asked.get() > 5);
    assertThat(done).isEmpty();
    open.set(true);
    await().atMost(PATIENCE).until(() -> done.size() == 2);
    assertThat(done).containsExactly("first", "second");
  }

  /** However they are given, one is at work at a time, and those of a caller keep their order. */
  @Test
  void tasksOfManyCallersKeepApartAndInOrder() throws Exception {
    AtomicInteger turns = new AtomicInteger();
    SerialExecutor executor =
        new SerialExecutor(
            threads, () -> turns.incrementAndGet() % 5_000 != 0); // shut now and then
    AtomicInteger atWork = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    int[] last = new int[CALLERS];
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        all.add(
            callers.submit(() -> {
              SplittableRandom random = new SplittableRandom(caller);
              for (int j = 1; j <= TASKS; j++) {
                int number = j;
                Runnable task =
                    () -> {
                      if (atWork.incrementAndGet() != 1 || last[caller] != number - 1) {
                        wrong.incrementAndGet();
                      }
                      last[caller] = number;
                      atWork.decrementAndGet();
                      done.incrementAndGet();
                    };
                if (random.nextInt(4) == 0) {
                  executor.execute(task);
                } else {
                  executor.executeHere(task);
                }
              }
            }));
      }
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
    } finally {
      callers.shutdownNow();
    }
    await().atMost(PATIENCE).until(() -> done.get() == CALLERS * TASKS);
    assertThat(wrong).hasValue(0);
  }
}
