package kvstore.server.directory;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.server.directory.DirectoryException.Reason;
import kvstore.server.directory.LeaderTable.Leader;
import kvstore.server.directory.PeerMessages.Answer;
import kvstore.server.directory.PeerMessages.Ask;
import kvstore.server.directory.PeerMessages.Done;
import kvstore.server.directory.PeerMessages.Failed;
import kvstore.server.directory.PeerMessages.News;
import kvstore.server.directory.PeerMessages.Ordered;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in the directory, whether it has a replica of it or not. All methods may be called
 * by any thread and do not block, save {@link #open}.
 */
public final class DirectoryService implements AutoCloseable {

  /** Carries out an operator's orders, at the directory's leader. */
  @FunctionalInterface
  public interface Administrator {
    /**
     * Ends with the answer, or fails with a {@link DirectoryException}; must not block.
     *
     * @param request as {@link DirectoryClient#order} was given it
     */
    CompletionStage<byte[]> carryOut(byte[] request);
  }

  private final Surroundings surroundings;
  private final Reports reports = new Reports();
  private final Announcements announcements;
  private final Pusher pusher;
  private final Liveness liveness;
  private final DirectoryClient client;
  private final List<Directory.Tenure> tenures = new CopyOnWriteArrayList<>();
  private volatile @Nullable Directory local;
  private volatile @Nullable Administrator administrator;
  private volatile @Nullable Reporting reporting;

  /** Starts to answer peers. */
  public DirectoryService(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.announcements = new Announcements(surroundings);
    this.pusher = new Pusher(surroundings);
    this.liveness = new Liveness(surroundings, reports, surroundings.nanoTime());
    this.client = new DirectoryClient(surroundings, this::answer);
    announcements.listen(this::reportSoon);
    answerPeers();
  }

  /** Asks the directory, wherever its leader is. */
  public DirectoryClient client() {
    return client;
  }

  /** Tells other nodes of shards that are led here. */
  public Announcements announcements() {
    return announcements;
  }

  /** What nodes said of themselves; of use while this node leads the directory. */
  public Reports reports() {
    return reports;
  }

  /** Now, by the clock of {@link Reports.Arrived#atNanos}. */
  public long nanoTime() {
    return surroundings.nanoTime().getAsLong();
  }

  /** This node's replica of the directory, or null. */
  public @Nullable Directory local() {
    return local;
  }

  /** The log of this node's replica of the directory, or null. */
  public @Nullable ReplicatedLog localLog() {
    Directory replica = local;
    return replica == null ? null : replica.log();
  }

  /**
   * Tells the listener when this node begins and ceases to lead the directory. To be called first.
   */
  public void listen(Directory.Tenure tenure) {
    tenures.add(tenure);
  }

  /** Says who carries out administration commands. */
  public void administer(Administrator by) {
    administrator = by;
  }

  /** Opens this node's replica of the directory; closed by the caller. */
  public Directory open(Directory.LogOpener opener) throws IOException {
    Directory replica =
        Directory.open(opener, listener(), tenure(), surroundings.timer(), () -> local = null);
    local = replica;
    return replica;
  }

  /**
   * Starts to report on this node, and to see to it that the directory knows where it is.
   *
   * @param source asked on the timer's thread
   * @param self where this node is
   */
  public void report(Supplier<NodeReport> source, NodeEntry self) {
    Reporting started = new Reporting(surroundings, source, this::takeOwn);
    reporting = started;
    started.start();
    new OwnEntry(surroundings, client, self).start();
  }

  /** Something that reports tell has changed. */
  public void reportSoon() {
    Reporting started = reporting;
    if (started != null) {
      started.soon();
    }
  }

  private Directory.Listener listener() {
    return new Directory.Listener() {
      @Override
      public void changed(ClusterState state) {
        surroundings.view().offer(state);
        pusher.changed(state);
      }

      @Override
      public void leader(Leadership leadership) {
        NodeId leader = leadership.leader();
        if (leader == null) {
          return;
        }
        surroundings.leaders().learn(ShardEntry.DIRECTORY, new Leader(leader, leadership.term()));
        if (leadership.isLeader()) {
          announcements.leads(ShardEntry.DIRECTORY, leadership.term());
        }
      }
    };
  }

  private Directory.Tenure tenure() {
    return new Directory.Tenure() {
      @Override
      public void began(Directory directory, long term) {
        announcements.leads(ShardEntry.DIRECTORY, term);
        reports.clear();
        pusher.begin(directory.state());
        liveness.begin(directory);
        tenures.forEach(tenure -> tenure.began(directory, term));
        reportSoon();
      }

      @Override
      public void ended() {
        pusher.end();
        liveness.end();
        tenures.forEach(Directory.Tenure::ended);
      }
    };
  }

  private void answerPeers() {
    surroundings
        .transport()
        .handle(
            PeerMessages.REPORT,
            (from, body, responder) ->
                Answering.safely(responder, () -> answer(ReportCodec.decode(body))));
    surroundings
        .transport()
        .handle(
            PeerMessages.PULL,
            (from, body, responder) ->
                Answering.safely(responder, () -> news(false, PeerMessages.readVersion(body))));
    surroundings
        .transport()
        .handle(
            PeerMessages.PUSH,
            (from, body, responder) ->
                Answering.safely(
                    responder,
                    () -> {
                      surroundings.view().offer(PeerMessages.readPush(body));
                      return PeerMessages.version(surroundings.view().current().version());
                    }));
    surroundings
        .transport()
        .handle(
            PeerMessages.ADMIN,
            (from, body, responder) -> {
              Ask ask;
              try {
                ask = PeerMessages.readAsk(body);
              } catch (IllegalArgumentException e) {
                responder.refuse(String.valueOf(e.getMessage()));
                return;
              }
              answer(ask)
                  .thenAccept(answer ->
                      responder.respond(Unpooled.wrappedBuffer(PeerMessages.answer(answer))));
            });
  }

  private boolean leads() {
    Directory replica = local;
    return replica != null && replica.leadership().isLeader();
  }

  private boolean takeOwn(NodeReport report) {
    boolean taken = leads();
    if (taken) {
      take(report);
    }
    return taken;
  }

  private void take(NodeReport report) {
    reports.take(report, nanoTime());
    for (NodeReport.ReplicaReport replica : report.replicas()) {
      NodeId leader = replica.leader();
      if (leader != null) {
        surroundings.leaders().learn(replica.shard(), new Leader(leader, replica.term()));
      }
    }
  }

  private byte[] answer(NodeReport report) {
    boolean taken = leads();
    if (taken) {
      take(report);
    }
    return news(taken, report.stateVersion());
  }

  private byte[] news(boolean taken, long has) {
    ClusterState state = surroundings.view().current();
    return PeerMessages.news(
        new News(taken, state.version() > has ? state : null, surroundings.leadersKnown()));
  }

  /** Answers a question to the directory's leader; always ends normally. */
  private CompletionStage<Answer> answer(Ask ask) {
    Directory replica = local;
    if (replica == null || !replica.leadership().isLeader()) {
      return CompletableFuture.completedFuture(
          failed(new DirectoryException(Reason.NOT_LEADING, "it does not lead the directory")));
    }
    if (replica.state().version() == 0) { // its first leader is about to write it down
      return CompletableFuture.completedFuture(
          failed(new DirectoryException(Reason.NOT_LEADING, "the cluster is not founded yet")));
    }
    if (ask instanceof PeerMessages.Propose propose) {
      return replica
          .propose(propose.command())
          .handle((state, failure) -> failure == null ? new Done(state) : failed(failure));
    }
    Administrator by = administrator;
    if (by == null || !(ask instanceof PeerMessages.Order order)) {
      return CompletableFuture.completedFuture(
          failed(new DirectoryException(Reason.NOT_LEADING, "it does not take orders yet")));
    }
    return carryOut(by, order)
        .handle((bytes, failure) -> failure == null ? new Ordered(bytes) : failed(failure));
  }

  private static CompletionStage<byte[]> carryOut(Administrator by, PeerMessages.Order order) {
    try {
      return by.carryOut(order.bytes());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Answer failed(Throwable failure) {
    Throwable cause = failure;
    if (failure instanceof CompletionException && failure.getCause() != null) {
      cause = failure.getCause();
    }
    Reason reason = cause instanceof DirectoryException known ? known.reason() : Reason.UNKNOWN;
    return new Failed(
        reason,
        String.valueOf(cause.getMessage()),
        surroundings.leaders().leaderOf(ShardEntry.DIRECTORY));
  }

  /** Stops reporting. The replica is closed by whoever opened it. */
  @Override
  public void close() {
    Reporting started = reporting;
    if (started != null) {
      started.close();
    }
  }
}
