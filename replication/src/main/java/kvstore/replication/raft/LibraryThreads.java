package kvstore.replication.raft;

import com.alipay.sofa.jraft.rpc.RpcUtils;
import com.alipay.sofa.jraft.util.NamedThreadFactory;
import com.alipay.sofa.jraft.util.ThreadPoolsFactory;
import java.lang.invoke.MethodHandles;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which the Raft library runs what it does not want to run in place. Its own pools
 * reject work when they are full, upon which replication or heartbeats have been seen to end for
 * good; this one queues. What queues is bounded by the proposals, barriers and messages in flight.
 * The pool that heartbeats start from cannot be replaced; it hands over to this one instead of
 * rejecting, and instead of a thread for each of many groups' heartbeats that are due together.
 *
 * <p>The library keeps its pools in a table of the whole process, by the group's name, and never
 * takes one out, so this pool is one for the process. Idle threads end.
 */
final class LibraryThreads {

  /** More than the library ever blocks at one time: some at shutdown, one per snapshot copied. */
  private static final int THREADS = 24;

  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          5,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          new NamedThreadFactory("raft-library-", true));

  private static final Set<String> GROUPS = ConcurrentHashMap.newKeySet();

  static {
    POOL.allowCoreThreadTimeOut(true);
    ThreadPoolExecutor heartbeats = heartbeatPool();
    heartbeats.setRejectedExecutionHandler((task, full) -> POOL.execute(task));
    heartbeats.setMaximumPoolSize(heartbeats.getCorePoolSize());
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

  static void register(String group) {
    if (GROUPS.add(group)) {
      ThreadPoolsFactory.registerThreadPool(group, POOL);
    }
  }
}
