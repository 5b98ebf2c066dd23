package kvstore.replication.raft;

import com.alipay.sofa.jraft.core.Scheduler;
import com.alipay.sofa.jraft.util.NamedThreadFactory;
import com.alipay.sofa.jraft.util.SPI;
import com.alipay.sofa.jraft.util.timer.DefaultRaftTimerFactory;
import com.alipay.sofa.jraft.util.timer.HashedWheelTimer;
import com.alipay.sofa.jraft.util.timer.Timer;
import java.util.concurrent.TimeUnit;

/**
 * The Raft library's timers, found by its service loader. Its own wake up a thousand times a second
 * for reads that time out after half a second or more, and for every heartbeat at a moment of its
 * own.
 */
@SPI(name = "aligned", priority = 100)
public final class RaftTimers extends DefaultRaftTimerFactory {

  private static final int TICK_MILLIS = 20;
  private static final int WHEEL = 512;

  @Override
  public Scheduler getRaftScheduler(boolean shared, int threads, String name) {
    return AlignedScheduler.SHARED;
  }

  @Override
  public Timer createTimer(String name) {
    return new HashedWheelTimer(
        new NamedThreadFactory(name, true), TICK_MILLIS, TimeUnit.MILLISECONDS, WHEEL);
  }
}
