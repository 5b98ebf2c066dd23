package kvstore.replication.raft;

import com.alipay.sofa.jraft.rpc.RpcUtils;
import com.alipay.sofa.jraft.storage.impl.LogManagerImpl;
import com.alipay.sofa.jraft.util.NamedThreadFactory;
import com.alipay.sofa.jraft.util.ThreadPoolsFactory;
import java.lang.invoke.MethodHandles;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The threads on which the Raft library runs what it does not want to run in place. Its own pools
 * reject work when they are full, upon which replication or heartbeats have been seen to end for
 * good; this one queues. What queues is bounded by the proposals, barriers and messages in flight.
 * The pool that heartbeats start from cannot be replaced; it hands over to this one instead of
 * rejecting, and instead of a thread for each of many groups' heartbeats that are due together.
 *
 * <p>When a leader has put new entries in its log, the library has the pool begin to send them,
 * once for each follower that has all before them. That is done in place instead, by the thread
 * that put them there: it takes less than to wake another. That thread holds the lock of the
 * library's node, and takes each follower's lock within it, as the library does itself when a
 * leader steps down.
 *
 * <p>The library keeps its pools in a table of the whole process, by the group's name, and never
 * takes one out, so this pool is one for the process. Idle threads end.
 */
final class LibraryThreads {

  /** More than the library ever blocks at one time: some at shutdown, one per snapshot copied. */
  private static final int THREADS = 24;

  /**
   * Begins of the names of the thread that puts entries in the log, and of the class that tells.
   */
  private static final String PROPOSER = "JRaft-NodeImpl-Disruptor";

  private static final String NEWS = LogManagerImpl.class.getName() + "$$Lambda";

  private static final Pool POOL = new Pool();

  private static final Set<String> GROUPS = ConcurrentHashMap.newKeySet();

  static {
    POOL.allowCoreThreadTimeOut(true);
    ThreadPoolExecutor heartbeats = heartbeatPool();
    heartbeats.setRejectedExecutionHandler((task, full) -> POOL.execute(task));
    heartbeats.setMaximumPoolSize(heartbeats.getCorePoolSize());
  }

  private static final class Pool extends ThreadPoolExecutor {

    /** What is told in place may ask to be told again at once, with locks that it holds. */
    private final ThreadLocal<Boolean> telling = ThreadLocal.withInitial(() -> false);

    private final LongAdder toldInPlace = new LongAdder();

    Pool() {
      super(
          THREADS,
          THREADS,
          5,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          new NamedThreadFactory("raft-library-", true));
    }

    @Override
    public Future<?> submit(Runnable task) {
      if (telling.get() || !isOfNewEntries(task)) {
        return super.submit(task);
      }
      FutureTask<?> told = new FutureTask<>(task, null); // a failure is none of the teller's
      telling.set(true);
      told.run();
      telling.set(false);
      toldInPlace.increment();
      return told;
    }

    private static boolean isOfNewEntries(Runnable task) {
      return task.getClass().getName().startsWith(NEWS)
          && Thread.currentThread().getName().startsWith(PROPOSER);
    }
  }

  private static ThreadPoolExecutor heartbeatPool() {
    try {
      return (ThreadPoolExecutor)
          MethodHandles.privateLookupIn(RpcUtils.class, MethodHandles.lookup())
              .findStaticVarHandle(RpcUtils.class, "RPC_CLOSURE_EXECUTOR", ThreadPoolExecutor.class)
              .get();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private LibraryThreads() {}

  /** How often sending was begun in place, in the whole process; for tests. */
  static long toldInPlace() {
    return POOL.toldInPlace.sum();
  }

  static void register(String group) {
    if (GROUPS.add(group)) {
      ThreadPoolsFactory.registerThreadPool(group, POOL);
    }
  }
}
