package kvstore.server.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Reply;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Handler;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerCalls;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import kvstore.server.shard.Doubt;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node without a replica, whose commands for the leader get no answer. */
class ForwarderTest {

  private static final NodeId SELF = new NodeId("n1");
  private static final NodeId LEADER = new NodeId("n2");
  private static final NodeId NEXT = new NodeId("n3");

  private final Peers peers = new Peers();
  private final Leaders leaders = new Leaders();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Router router =
      Router.start(
          CommandTable.standard(),
          new ClusterView(state()),
          leaders,
          new NoShards(),
          peers,
          timer,
          new Router.RouterTimes(TimeUnit.HOURS.toNanos(1), TimeUnit.HOURS.toNanos(1)),
          41);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void aReadThatGotNoAnswerIsMadeAgain() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked read = submit("get", "k");
    peers.forwarded.get(0).failed(ResponseHandler.Failure.LOST, "the connection broke");
    assertThat(read.ends).isEmpty();
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    assertThat(peers.forwarded).hasSize(2);
  }

  /** A later write may have taken effect, and would show in it. */
  @Test
  void aReadThatGotNoAnswerAndWasFollowedIsNotMadeAgain() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked read = submit("get", "k");
    read.followed = true;
    Asked write = submit("incr", "k");
    peers.forwarded.get(0).failed(ResponseHandler.Failure.LOST, "the connection broke");
    peers.forwarded.get(1).failed(ResponseHandler.Failure.LOST, "the connection broke");
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    assertThat(peers.forwarded).hasSize(3);
    assertThat(read.ends).containsExactly(Unavailable.NOT_APPLIED);
    assertThat(write.ends).isEmpty();
  }

  @Test
  void theNextLeaderIsAskedWhatBecameOfAWriteThatGotNoAnswer() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked first = submit("incr", "k");
    peers.respond(0, out -> ForwardCodec.writeReply(out, new Reply.Int(1), SlotRange.ALL, 20));
    Asked write = submit("incr", "k");
    assertThat(peers.requests.get(1).doubt()).isNull();
    peers.forwarded.get(1).failed(ResponseHandler.Failure.LOST, "the connection broke");
    assertThat(write.ends).isEmpty();
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    ForwardCodec.ForwardRequest again = peers.requests.get(2);
    assertThat(again.doubt()).isEqualTo(new Doubt(1, 1, 20, true));
    assertThat(again.command().identity())
        .isEqualTo(peers.requests.get(1).command().identity())
        .isNotEqualTo(peers.requests.get(0).command().identity())
        .isNotZero();
    peers.respond(2, out -> ForwardCodec.writeReply(out, new Reply.Int(2), SlotRange.ALL, 21));
    assertThat(first.ends).containsExactly(new Reply.Int(1));
    assertThat(write.ends).containsExactly(new Reply.Int(2));
  }

  /** If something was sent after it, it may have taken effect: sent again, it would be late. */
  @Test
  void aWriteThatGotNoAnswerAndWasFollowedIsNotToBeTakenAgain() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked write = submit("incr", "k");
    write.followed = true;
    peers.forwarded.get(0).failed(ResponseHandler.Failure.LOST, "the connection broke");
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    assertThat(peers.requests.get(1).doubt()).isEqualTo(new Doubt(1, 1, 0, false));
    peers.respond(1, out -> ForwardCodec.writeUnavailable(out, Unavailable.NOT_APPLIED));
    assertThat(write.ends).containsExactly(Unavailable.NOT_APPLIED);
  }

  @Test
  void whatTheNextLeaderDoesNotKnowIsUnknown() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked write = submit("incr", "k");
    peers.respond(0, out -> ForwardCodec.writeUnavailable(out, Unavailable.OUTCOME_UNKNOWN));
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    peers.respond(1, out -> ForwardCodec.writeUnavailable(out, Unavailable.OUTCOME_UNKNOWN));
    assertThat(write.ends).containsExactly(Unavailable.OUTCOME_UNKNOWN);
    assertThat(peers.forwarded).hasSize(2);
  }

  /**
   * It was handed over before the first came back, by a thread that was held up in between, and
   * would leave by the next connection while the first waits for somebody to vouch for the leader.
   */
  @Test
  void whatFollowsACommandThatCouldNotBeSentIsCalledBack() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    submit("incr", "k");
    submit("incr", "k");
    assertThat(peers.forwarded).allMatch(ResponseHandler::mayLeave);
    peers.forwarded.get(0).failed(ResponseHandler.Failure.NOT_SENT, "no connection");
    assertThat(peers.forwarded.get(1).mayLeave()).isFalse();
    peers.forwarded.get(1).failed(ResponseHandler.Failure.NOT_SENT, "called back");
    leaders.offer(1, new Leaders.Known(LEADER, 2));
    assertThat(identities(2, 4)).isEqualTo(identities(0, 2));
    assertThat(peers.forwarded.subList(2, 4)).allMatch(ResponseHandler::mayLeave);
  }

  private List<Long> identities(int from, int to) {
    return peers.requests.subList(from, to).stream()
        .map(request -> request.command().identity())
        .toList();
  }

  /** Cut off without a word, it would be waited for until the deadline. */
  @Test
  void aLeaderThatDoesNotAnswerIsGivenUpOnceAnotherNodeLeads() {
    leaders.offer(1, new Leaders.Known(LEADER, 1));
    Asked write = submit("incr", "k");
    Asked read = submit("get", "k");
    leaders.offer(1, new Leaders.Known(NEXT, 2));
    await().until(() -> peers.forwarded.size() == 4);
    peers.respond(2, out -> ForwardCodec.writeReply(out, new Reply.Int(2), SlotRange.ALL, 21));
    peers.respond(3, out -> ForwardCodec.writeReply(out, Reply.NIL, SlotRange.ALL, 21));
    peers.respond(0, out -> ForwardCodec.writeUnavailable(out, Unavailable.OUTCOME_UNKNOWN));
    peers.respond(1, out -> ForwardCodec.writeReply(out, Reply.OK, SlotRange.ALL, 21));
    assertThat(write.ends).containsExactly(new Reply.Int(2));
    assertThat(read.ends).containsExactly(Reply.NIL);
  }

  private Asked submit(String... words) {
    byte[][] arguments = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = words[i].getBytes();
    }
    CommandSpec spec = CommandTable.standard().lookup(arguments[0]);
    Asked asked = new Asked();
    router.submit(new RoutedCommand(spec, arguments, ReadMode.LINEARIZABLE, false), asked);
    return asked;
  }

  private static ClusterState state() {
    List<ReplicaEntry> replicas = List.of(new ReplicaEntry(LEADER, ReplicaEntry.Role.VOTER));
    ShardEntry shard = new ShardEntry(1, 0, 16_383, replicas, null);
    return new ClusterState(1, "c", Settings.DEFAULT, List.of(), List.of(shard), 2);
  }

  private static final class Asked implements ReplyHandler {
    final List<Object> ends = new ArrayList<>();
    boolean followed;

    @Override
    public void reply(Reply reply) {
      ends.add(reply);
    }

    @Override
    public void failed(Unavailable reason) {
      ends.add(reason);
    }

    @Override
    public boolean isFollowed() {
      return followed;
    }
  }

  private static final class NoShards implements LocalShards {
    @Override
    public Shard find(int number) {
      return null;
    }

    @Override
    public List<Shard> all() {
      return List.of();
    }
  }

  /** Keeps what is forwarded; questions who leads are never answered. */
  private static final class Peers implements PeerCalls {
    final List<ResponseHandler> forwarded = new CopyOnWriteArrayList<>();
    final List<ForwardCodec.ForwardRequest> requests = new CopyOnWriteArrayList<>();

    void respond(int request, Consumer<ByteBuf> writer) {
      ByteBuf body = Unpooled.buffer();
      writer.accept(body);
      forwarded.get(request).response(body);
    }

    @Override
    public NodeId self() {
      return SELF;
    }

    @Override
    public boolean knows(NodeId peer) {
      return true;
    }

    @Override
    public boolean isConnected(NodeId peer) {
      return true;
    }

    @Override
    public void handle(int method, Handler handler) {}

    @Override
    public void handle(int method, Handler handler, Executor executor) {}

    @Override
    public void request(
        NodeId to, Lane lane, int method, ByteBuf body, Duration timeout, ResponseHandler handler) {
      if (method == Forwarder.METHOD) {
        requests.add(ForwardCodec.readRequest(body));
        forwarded.add(handler);
      }
      body.release();
    }
  }
}
