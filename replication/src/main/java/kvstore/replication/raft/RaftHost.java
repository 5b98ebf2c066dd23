package kvstore.replication.raft;

import com.alipay.sofa.jraft.util.concurrent.DefaultFixedThreadsExecutorGroupFactory;
import com.alipay.sofa.jraft.util.concurrent.FixedThreadsExecutorGroup;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.StateMachine;
import kvstore.replication.log.LogPlace;
import kvstore.replication.log.SharedLog;
import kvstore.replication.log.SharedLogOptions;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.RaftEndpoint;
import kvstore.replication.transport.Responder;

/**
 * A node's replicas: the groups it takes part in, and what they share (the log on disk, threads,
 * timers). All methods may be called by any thread; they block on the disk.
 *
 * <p>The directory holds {@code log}, the log of all groups with their terms and votes, and {@code
 * snapshots}. Neither may be deleted, copied or set back on its own: a replica that forgets what it
 * has acknowledged or whom it has voted for breaks the promise of the whole group.
 */
public final class RaftHost implements AutoCloseable {

  /** What the Raft library takes for a name of a group; it also names a folder. */
  private static final Pattern GROUP = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,199}");

  private static final int WORKERS = 4;

  /** One may wait for the disk while the other watches. */
  private static final int KEEPERS = 2;

  static {
    RaftEndpoint.prepareLibrary();
  }

  private final RaftContext context;
  private final SnapshotPace pace;
  private final ThreadPoolExecutor worker;
  private final ThreadPoolExecutor snapshots;
  private final FixedThreadsExecutorGroup libraryExecutors;
  private final ScheduledExecutorService keeper;
  private final Map<String, JRaftReplicatedLog> logs = new ConcurrentHashMap<>();
  private boolean closed;

  private RaftHost(RaftHostOptions options, PeerTransport transport, SharedLog log) {
    NodeId self = transport.self();
    worker = threads(WORKERS, "raft-worker-" + self);
    snapshots = threads(1, "raft-snapshots-" + self);
    libraryExecutors =
        DefaultFixedThreadsExecutorGroupFactory.INSTANCE.newExecutorGroup(
            2, "raft-answers-" + self, 1 << 16, true);
    RaftEndpoint endpoint = RaftEndpoint.start(transport);
    endpoint.setVoteGuard(
        new FormerLogGuard(
            log,
            new LeaseVoteGuard(endpoint::traffic, options.timings().electionTimeout().toNanos())));
    RaftBudget budget = options.budget();
    endpoint.setAppendGate(
        new ApplyBacklog(logs, budget.backlogBytes(), budget.hostBacklogBytes()));
    endpoint.setCandidacyGate(
        new FreshFirst(logs, endpoint, options.timings().electionTimeout().toNanos()));
    pace =
        new SnapshotPace(
            budget.snapshotBytesPerSecond(), RaftEndpoint.FILE_CHUNK_BYTES, System::nanoTime);
    SnapshotFetches fetches =
        new SnapshotFetches(
            transport,
            endpoint,
            pace,
            libraryExecutors,
            group -> RaftContext.snapshots(options, group));
    context =
        new RaftContext(
            self, options, log, endpoint, pace, libraryExecutors, fetches, worker, snapshots);
    transport.handle(
        SnapshotMessages.METHOD,
        (from, body, responder) -> answer(transport, body, responder),
        worker);
    keeper =
        Executors.newScheduledThreadPool(
            KEEPERS, new DefaultThreadFactory("raft-keeper-" + self, true));
    long interval = options.timings().keeperInterval().toNanos();
    var unused =
        keeper.scheduleWithFixedDelay(
            new ReplicaKeeper(context, () -> List.copyOf(logs.values())),
            interval,
            interval,
            TimeUnit.NANOSECONDS);
    keeper.execute(new SilenceWatch(context, logs::values, keeper));
  }

  /** Threads that end when there is nothing to do. */
  private static ThreadPoolExecutor threads(int count, String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory(name, true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Opens the log of this node and makes the transport carry Raft's messages. The transport stays
   * the caller's, to be closed after this.
   *
   * @throws kvstore.replication.log.LogCorruptedException if the log is damaged: this node must not
   *     take part in its groups again but with an empty directory, after having left them
   */
  public static RaftHost start(RaftHostOptions options, PeerTransport transport)
      throws IOException {
    Files.createDirectories(options.directory());
    SharedLogOptions ofThisNode =
        options.log().atOwnMoments(new SplittableRandom(transport.self().hashCode()));
    SharedLog log =
        SharedLog.open(options.directory().resolve("log"), ofThisNode, options.faults());
    try {
      return new RaftHost(options, transport, log);
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /**
   * Starts this node's replica of a group. What the log on disk says of the group's members goes
   * before {@code voters} and {@code learners}, which are those of a new group.
   *
   * @param group a letter, then letters, digits, underscores and hyphens; unique among the groups
   *     of all clusters in this process
   * @param voters the first voters of a new group, the same on each of them; empty on a node that
   *     joins a group, to be told by its leader
   * @throws kvstore.replication.log.LogCorruptedException if the group's log is damaged; this
   *     replica must not take part
   */
  public ReplicatedLog open(
      String group, StateMachine stateMachine, Set<NodeId> voters, Set<NodeId> learners)
      throws IOException {
    JRaftReplicatedLog log;
    synchronized (this) {
      checkNotOpen(group);
      log =
          new JRaftReplicatedLog(
              group,
              context,
              stateMachine,
              RaftMembership.configuration(voters, learners),
              () -> logs.remove(group));
      Files.createDirectories(context.snapshots(group));
      log.begin();
      logs.put(group, log);
    }
    return log;
  }

  /**
   * Gives a group its first snapshot on this node, as if its replica had taken part in it up to
   * there: once opened it loads {@code state}, its log goes on at {@code index + 1}, and it votes
   * in terms after {@code term}. Durable on return; after a crash it may be called again.
   *
   * @param group not open
   * @param state a checkpoint of the state machine at exactly {@code index}, as its {@link
   *     StateMachine#saveSnapshot} writes it; files are linked to, so they must not change any more
   * @param index above 0
   * @param voters the group's members as of {@code index}, the same on every node
   * @return false if the group has a log or a snapshot here already; then nothing was changed
   */
  public synchronized boolean seed(
      String group, Path state, long index, long term, Set<NodeId> voters, Set<NodeId> learners)
      throws IOException {
    checkNotOpen(group);
    return new GroupSeed(context, group)
        .plant(state, index, term, RaftMembership.configuration(voters, learners));
  }

  /**
   * Forgets a group: entries and snapshots. Term and vote stay, and where the log ended, for the
   * replica may come back ({@link FormerLogGuard}). Only for a replica that has left its group, or
   * whose group is no more. After a crash it may be called again.
   *
   * @param group not open
   */
  public synchronized void destroy(String group) throws IOException {
    checkNotOpen(group);
    GroupSeed seed = new GroupSeed(context, group);
    LogPlace end = seed.end();
    if (end != null) {
      context.log().rememberEnd(group, end);
    }
    // What is left after a crash between the two cannot be opened, rather than vote from amnesia.
    seed.uproot();
    context.log().forget(group);
  }

  /**
   * Whether anything of the group's log or snapshots lies here.
   *
   * @param group not open
   */
  public synchronized boolean holds(String group) throws IOException {
    checkNotOpen(group);
    return new GroupSeed(context, group).isPlanted();
  }

  /** Answers a node that wants to copy a snapshot. */
  private void answer(PeerTransport transport, ByteBuf body, Responder responder) {
    SnapshotMessages.Request request = SnapshotMessages.readRequest(body);
    if (request == null) {
      responder.refuse("malformed request for a snapshot");
      return;
    }
    JRaftReplicatedLog log = logs.get(request.group());
    SnapshotMessages.Answer answer =
        log == null ? new SnapshotMessages.None() : log.answer(request);
    responder.respond(SnapshotMessages.encode(transport.allocator(), answer));
  }

  private void checkNotOpen(String group) {
    checkName(group);
    if (closed) {
      throw new IllegalStateException("expected an open host, but it is closed");
    }
    if (logs.containsKey(group)) {
      throw new IllegalStateException("expected a group not open, but " + group + " is; close it");
    }
  }

  static boolean isName(String group) {
    return GROUP.matcher(group).matches();
  }

  private static void checkName(String group) {
    if (!isName(group)) {
      throw new IllegalArgumentException(
          "expected a group name of a letter, then up to 199 letters, digits, '_' or '-', but got '"
              + group
              + "'");
    }
  }

  /**
   * Limits the copying of snapshots, those under way included.
   *
   * @param bytesPerSecond that this node sends, and that it takes in, of all groups together; at
   *     least 64 KiB
   */
  public void limitCopying(long bytesPerSecond) {
    pace.setBytesPerSecond(bytesPerSecond);
  }

  /** Size of the shared log's sorted files on disk, in bytes. */
  public long logBytes() {
    return context.log().diskBytes();
  }

  /** For tests. */
  RaftContext context() {
    return context;
  }

  /** Closes every replica, then what they share. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    keeper.shutdownNow();
    await(keeper);
    context.fetches().close();
    for (JRaftReplicatedLog log : new ArrayList<>(logs.values())) {
      log.close();
    }
    context.endpoint().close();
    snapshots.shutdown();
    await(snapshots);
    worker.shutdown();
    await(worker);
    libraryExecutors.shutdownGracefully();
    context.log().close();
  }

  private static void await(ExecutorService executor) {
    try {
      if (!executor.awaitTermination(30, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
