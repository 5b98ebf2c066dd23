package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WakeTest {

  private final EventLoop loop = new DefaultEventLoop();
  private final Queue<Integer> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger drained = new AtomicInteger();
  private final AtomicInteger drains = new AtomicInteger();
  private final Wake wake = new Wake(loop, this::drain);

  private void drain() {
    drains.incrementAndGet();
    while (queue.poll() != null) {
      drained.incrementAndGet();
    }
  }

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void whatMayWaitIsTakenTogether() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    loop.execute(() -> {
      begun.countDown();
      awaitQuietly(go);
    });
    begun.await();
    for (int i = 0; i < 100; i++) {
      queue.add(i);
      wake.soon();
    }
    go.countDown();
    await().until(() -> drained.get() == 100);
    assertThat(drains).hasValue(1);
  }

  @Test
  void whatIsUrgentTakesTheRestAlong() {
    for (int i = 0; i < 100; i++) {
      queue.add(i);
      wake.soon();
    }
    queue.add(100);
    wake.now();
    await().until(() -> drained.get() == 101);
  }

  @Test
  void nothingIsForgottenHoweverManyThreadsPut() throws Exception {
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      boolean urgent = t % 2 == 0;
      threads[t] =
          new Thread(() -> {
            for (int i = 0; i < 20_000; i++) {
              queue.add(i);
              if (urgent && i % 3 == 0) {
                wake.now();
              } else {
                wake.soon();
              }
            }
          });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await().until(() -> drained.get() == 80_000);
  }

  @Test
  void anEndedLoopIsToldOf() {
    stop();
    assertThatThrownBy(wake::soon).isInstanceOf(RejectedExecutionException.class);
    assertThatThrownBy(wake::now).isInstanceOf(RejectedExecutionException.class);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
