package kvstore.server.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node without a replica, whose commands for the leader get no answer. */
class ForwarderTest {

  private static final NodeId SELF = new NodeId("n1");
  private static final NodeId LEADER = new NodeId("n2");

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
          new Router.RouterTimes(TimeUnit.HOURS.toNanos(1), TimeUnit.HOURS.toNanos(1)));

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
    assertThat(peers.forwarded).hasSize(2);
    assertThat(read.ends).containsExactly(Unavailable.NOT_APPLIED);
    assertThat(write.ends).containsExactly(Unavailable.OUTCOME_UNKNOWN);
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
    final List<ResponseHandler> forwarded = new ArrayList<>();

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
      body.release();
      if (method == Forwarder.METHOD) {
        forwarded.add(handler);
      }
    }
  }
}
