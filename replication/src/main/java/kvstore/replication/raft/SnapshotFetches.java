package kvstore.replication.raft;

import com.alipay.sofa.jraft.core.ReplicatorGroupImpl;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.option.SnapshotCopierOptions;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.impl.core.DefaultRaftClientService;
import com.alipay.sofa.jraft.storage.SnapshotThrottle;
import com.alipay.sofa.jraft.storage.snapshot.Snapshot;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotCopier;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.util.Utils;
import com.alipay.sofa.jraft.util.concurrent.FixedThreadsExecutorGroup;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import kvstore.replication.NodeId;
import kvstore.replication.raft.SnapshotMessages.Answer;
import kvstore.replication.raft.SnapshotMessages.Ask;
import kvstore.replication.raft.SnapshotMessages.End;
import kvstore.replication.raft.SnapshotMessages.Keep;
import kvstore.replication.raft.SnapshotMessages.Later;
import kvstore.replication.raft.SnapshotMessages.Offered;
import kvstore.replication.raft.SnapshotMessages.Request;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.RaftEndpoint;
import kvstore.replication.transport.ResponseHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies snapshots from other nodes, for replicas that cannot begin from what this node holds. Who
 * of the known nodes takes part in the group is asked, one after the other; who leads does not
 * matter, since a snapshot holds nothing but what is agreed on. One group at a time, on a thread of
 * its own. Files that had been copied when the node crashed are not copied again; a copy that fails
 * otherwise begins anew.
 *
 * <p>All methods may be called by any thread.
 */
final class SnapshotFetches implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotFetches.class);

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long RENEWAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** One try, with all nodes. */
  private static final class Fetch {
    final String group;
    final long least;
    final CountDownLatch ended = new CountDownLatch(1);
    volatile boolean arrived;
    private @Nullable SnapshotCopier copier;
    private boolean started;
    private boolean cancelled;
    volatile @Nullable NodeId source;
    volatile long offer;
    long renewedNanos = System.nanoTime();

    Fetch(String group, long least) {
      this.group = group;
      this.least = least;
    }

    /** False if it is cancelled already. */
    synchronized boolean starts() {
      started = !cancelled;
      return started;
    }

    boolean isOver() {
      return ended.getCount() == 0;
    }

    /** False if it is cancelled already. */
    synchronized boolean copies(SnapshotCopier started) {
      copier = started;
      return !cancelled;
    }

    synchronized boolean isCancelled() {
      return cancelled;
    }

    /** Returns whether it had begun, and its end has to be waited for. */
    synchronized boolean cancel() {
      cancelled = true;
      if (copier != null) {
        copier.cancel();
      }
      return started;
    }
  }

  private final PeerTransport transport;
  private final RaftEndpoint endpoint;
  private final SnapshotThrottle throttle;
  private final FixedThreadsExecutorGroup libraryExecutors;
  private final Function<String, Path> snapshots;
  private final ExecutorService thread;
  private final Map<String, Fetch> fetches = new ConcurrentHashMap<>();
  private int tries;

  /**
   * @param snapshots a group's folder of snapshots
   */
  SnapshotFetches(
      PeerTransport transport,
      RaftEndpoint endpoint,
      SnapshotThrottle throttle,
      FixedThreadsExecutorGroup libraryExecutors,
      Function<String, Path> snapshots) {
    this.transport = transport;
    this.endpoint = endpoint;
    this.throttle = throttle;
    this.libraryExecutors = libraryExecutors;
    this.snapshots = snapshots;
    this.thread =
        Executors.newSingleThreadExecutor(
            new DefaultThreadFactory("raft-fetch-" + transport.self(), true));
  }

  /**
   * Begins to copy a snapshot, into {@link FetchedSnapshot}; does nothing if that is under way.
   *
   * @param least the log index that the snapshot must include
   */
  void begin(String group, long least) {
    synchronized (this) {
      Fetch before = fetches.get(group);
      if (before != null && !before.isOver()) {
        return;
      }
      Fetch fetch = new Fetch(group, least);
      fetches.put(group, fetch);
      try {
        thread.execute(() -> run(fetch));
      } catch (RejectedExecutionException e) {
        fetch.ended.countDown(); // closed
      }
    }
  }

  boolean isUnderWay(String group) {
    Fetch fetch = fetches.get(group);
    return fetch != null && !fetch.isOver();
  }

  /** Whether a snapshot has arrived that was not asked for here before. */
  boolean hasArrived(String group) {
    Fetch fetch = fetches.get(group);
    if (fetch == null || !fetch.isOver() || !fetch.arrived) {
      return false;
    }
    fetches.remove(group, fetch);
    return true;
  }

  /** Lets the sources know that copies go on; to be called at times. */
  void renew() {
    long now = System.nanoTime();
    for (Fetch fetch : fetches.values()) {
      NodeId source = fetch.source;
      if (source != null && now - fetch.renewedNanos > RENEWAL_NANOS) {
        fetch.renewedNanos = now;
        var unused = ask(source, new Keep(fetch.group, fetch.offer));
      }
    }
  }

  /** Breaks a copy off, and waits for its end. */
  void cancel(String group) {
    Fetch fetch = fetches.remove(group);
    if (fetch == null || !fetch.cancel()) {
      return;
    }
    try {
      fetch.ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    List.copyOf(fetches.keySet()).forEach(this::cancel);
  }

  private void run(Fetch fetch) {
    try {
      if (!fetch.starts()) {
        return;
      }
      new FetchedSnapshot(snapshots.apply(fetch.group)).discardWhole();
      for (NodeId node : nodes()) {
        if (fetch.isCancelled()) {
          return;
        }
        if (fetchFrom(node, fetch)) {
          fetch.arrived = true;
          return;
        }
      }
      LOGGER.warn(
          "{}: none of {} gives a snapshot up to entry {} or later now",
          fetch.group,
          transport.peers(),
          fetch.least);
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: could not fetch a snapshot", fetch.group, e);
    } finally {
      fetch.ended.countDown();
    }
  }

  /** All known ones, each time from another one on. */
  private List<NodeId> nodes() {
    List<NodeId> all = new ArrayList<>(transport.peers());
    Collections.sort(all, (a, b) -> a.value().compareTo(b.value()));
    if (!all.isEmpty()) {
      Collections.rotate(all, -(tries++ % all.size()));
    }
    return all;
  }

  private boolean fetchFrom(NodeId node, Fetch fetch) throws IOException {
    Answer answer;
    try {
      answer = ask(node, new Ask(fetch.group, fetch.least)).get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      LOGGER.info("{}: {} gives no snapshot: {}", fetch.group, node, e.toString());
      return false;
    }
    if (answer instanceof Later) {
      LOGGER.info("{}: {} has yet to take a snapshot that is new enough", fetch.group, node);
    }
    if (!(answer instanceof Offered offered) || offered.last() < fetch.least) {
      return false;
    }
    LOGGER.warn(
        "{}: copies the snapshot up to entry {} from {}", fetch.group, offered.last(), node);
    fetch.offer = offered.id();
    fetch.renewedNanos = System.nanoTime();
    fetch.source = node;
    try {
      return copy(node, offered, fetch);
    } finally {
      fetch.source = null;
      var unused = ask(node, new End(fetch.group, offered.id()));
    }
  }

  private boolean copy(NodeId node, Offered offered, Fetch fetch) throws IOException {
    LibraryThreads.register(fetch.group);
    NodeOptions nodeOptions = endpoint.newNodeOptions();
    nodeOptions.setFilterBeforeCopyRemote(true);
    RaftOptions options = nodeOptions.getRaftOptions();
    options.setMaxByteCountPerRpc(RaftEndpoint.FILE_CHUNK_BYTES);
    options.setSyncMeta(true);
    FetchedSnapshot target = new FetchedSnapshot(snapshots.apply(fetch.group));
    FolderedStorage storage = new FolderedStorage(target.folder().toString(), null, options);
    storage.setFilterBeforeCopyRemote();
    storage.setSnapshotThrottle(throttle);
    CopyClient client = new CopyClient(libraryExecutors);
    if (!storage.init(null) || !client.init(nodeOptions)) {
      throw new IOException("could not prepare " + target.folder() + " for a copy");
    }
    try {
      SnapshotCopier copier =
          storage.startToCopyFrom(
              Snapshot.REMOTE_SNAPSHOT_URI_SCHEME
                  + RaftEndpoint.peerId(node).getEndpoint()
                  + "/"
                  + offered.id(),
              new SnapshotCopierOptions(
                  fetch.group, client, AlignedScheduler.SHARED, options, nodeOptions));
      if (copier == null) {
        return false;
      }
      if (!fetch.copies(copier)) {
        copier.cancel();
      }
      copier.join();
      SnapshotReader copied = copier.getReader();
      Utils.closeQuietly(copier);
      return copied != null && isWhole(copied, target, fetch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      client.shutdown();
    }
  }

  /** Whether it is what its source once wrote. */
  private static boolean isWhole(SnapshotReader copied, FetchedSnapshot target, Fetch fetch)
      throws IOException {
    try (copied) {
      SnapshotFiles.verify(copied);
      return target.last() >= fetch.least;
    } catch (SnapshotDamagedException e) {
      LOGGER.error("{}: the snapshot that was copied is damaged: {}", fetch.group, e.getMessage());
      target.discard();
      return false;
    }
  }

  private CompletableFuture<Answer> ask(NodeId node, Request request) {
    CompletableFuture<Answer> result = new CompletableFuture<>();
    transport.request(
        node,
        Lane.CONTROL,
        SnapshotMessages.METHOD,
        SnapshotMessages.encode(transport.allocator(), request),
        PATIENCE,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf body) {
            Answer answer = SnapshotMessages.readAnswer(body);
            if (answer == null) {
              result.completeExceptionally(new IOException("the answer is malformed"));
            } else {
              result.complete(answer);
            }
          }

          @Override
          public void failed(Failure failure, String message) {
            result.completeExceptionally(new IOException(message));
          }
        });
    return result;
  }

  /** The library's way to ask for files, without a node that wants to hear of connections. */
  private static final class CopyClient extends DefaultRaftClientService {

    CopyClient(FixedThreadsExecutorGroup executors) {
      super(new ReplicatorGroupImpl(), executors);
    }

    @Override
    protected void configRpcClient(RpcClient client) {}
  }
}
