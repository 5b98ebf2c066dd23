package kvstore.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kvstore.engine.keyspace.RecordCache;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.replication.raft.RaftBudget;
import kvstore.replication.raft.RaftHostOptions;
import kvstore.replication.raft.RaftTimings;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.config.ConsistencyOptions;
import kvstore.server.config.ServerOptions;
import kvstore.server.config.StorageOptions;
import kvstore.server.memory.ClientMemory;
import kvstore.server.router.Router;
import kvstore.server.shard.Admission;

/** What the parts of a node are told, from what an operator set. */
final class Tuning {

  /** Threads for reads that wait for the disk; such a read holds one for its whole time. */
  private static final int IO_THREADS = 8;

  /** Reads waiting for such a thread; more are refused as not applied. */
  private static final int IO_QUEUE = 4_096;

  /** How long a command waits for a leader; well above a failover, well below clients' patience. */
  private static final Duration LEADER_WAIT = Duration.ofSeconds(2);

  /** The log wants some of the election timeout as a margin, however little was configured. */
  private static final int MOST_LEASE_PERCENT = 95;

  private Tuning() {}

  /**
   * An eighth of the heap for values, and at most three sixteenths for keys: 12,582,912 of them in
   * 512 MiB. It has room for both: what is in flight is bounded.
   */
  static RecordCache recordCache() {
    return new RecordCache(Runtime.getRuntime().maxMemory() / 8);
  }

  static RocksDbResources.Options resourceOptions(StorageOptions storage) {
    RocksDbResources.Options defaults = RocksDbResources.Options.DEFAULT;
    return new RocksDbResources.Options(
        storage.blockCache().bytes() + storage.writeBuffers().bytes(),
        storage.writeBuffers().bytes(),
        defaults.compactionBytesPerSecond(),
        defaults.backgroundThreads(),
        defaults.openFilesPerStorage());
  }

  static RaftHostOptions raftOptions(ServerOptions options, DataDirectory directory) {
    ConsistencyOptions consistency = options.consistency();
    Duration timeout = consistency.electionTimeout();
    // a margin above or below what the log can do becomes the nearest that it can
    long lease = timeout.minus(consistency.leaseMargin()).toMillis() * 100 / timeout.toMillis();
    int leasePercent = (int) Math.max(1, Math.min(MOST_LEASE_PERCENT, lease));
    return RaftHostOptions.of(directory.raft())
        .withFaults(DiskFaultFile.ofProperty())
        .withTimings(
            RaftTimings.DEFAULT.withElection(timeout, timeout).withLeasePercent(leasePercent))
        .withBudget(
            RaftBudget.DEFAULT.withSnapshotLogBytes(options.storage().snapshotLog().bytes()));
  }

  static Router.RouterTimes times(ConsistencyOptions consistency) {
    Duration deadline = consistency.requestDeadline();
    Duration wait = deadline.compareTo(LEADER_WAIT) < 0 ? deadline : LEADER_WAIT;
    return new Router.RouterTimes(deadline.toNanos(), wait.toNanos());
  }

  /** An eighth of the heap for what waits to be written. */
  static Admission admission(ConsistencyOptions consistency, ClientMemory memory) {
    return new Admission(Runtime.getRuntime().maxMemory() / 8, consistency.queueWait(), memory);
  }

  /** A quarter of the heap, of which large arrays may take twice their size. */
  static ClientMemory clientMemory() {
    return new ClientMemory(Runtime.getRuntime().maxMemory() / 4);
  }

  static ThreadPoolExecutor ioPool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            IO_THREADS,
            IO_THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(IO_QUEUE),
            new DefaultThreadFactory("storage-io", true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
