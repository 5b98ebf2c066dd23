package kvstore.server.balance;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import kvstore.replication.Membership;
import kvstore.replication.NodeId;
import kvstore.replication.ReplicatedLog;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerCalls;
import kvstore.replication.transport.Responder;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import org.jspecify.annotations.Nullable;

/**
 * Changes of members, hand-overs and splits at a group's leader, wherever it is: peer method 120,
 * laid out in docs/formats/shard-actions.md. Each may be asked for again, and says when it is done.
 * Any thread; never blocks.
 */
final class ShardActions {

  static final int METHOD = 120;

  private static final int VERSION = 1;
  private static final int CHANGE = 1;
  private static final int TRANSFER = 2;
  private static final int SPLIT = 3;
  private static final int MOST_NODES = 255;

  /** A new voter may have much to copy before the change is through. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final PeerCalls transport;
  private final LocalShards shards;
  private final IntFunction<@Nullable ReplicatedLog> logs;

  /** The latest change asked for, by group. */
  private final Map<Integer, Long> latest = new ConcurrentHashMap<>();

  /**
   * @param logs this node's replica of a group by number, the directory's included, or null
   */
  ShardActions(PeerCalls transport, LocalShards shards, IntFunction<@Nullable ReplicatedLog> logs) {
    this.transport = transport;
    this.shards = shards;
    this.logs = logs;
  }

  /** Starts to answer other nodes. */
  void serve() {
    transport.handle(METHOD, (from, body, responder) -> answer(body, responder));
  }

  /**
   * @param order of all changes ever asked for; the leader refuses one that comes after a later one
   */
  CompletionStage<Void> carryOut(Action.ChangeMembers change, long order) {
    ByteBuf body = begin(CHANGE, change.shard());
    body.writeLong(change.term()).writeLong(order);
    writeNodes(body, change.voters());
    writeNodes(body, change.learners());
    return ask(change.leader(), body);
  }

  CompletionStage<Void> carryOut(Action.Transfer transfer) {
    ByteBuf body = begin(TRANSFER, transfer.shard());
    writeNode(body, transfer.to());
    return ask(transfer.leader(), body);
  }

  CompletionStage<Void> carryOut(Action.Split split) {
    ByteBuf body = begin(SPLIT, split.shard());
    body.writeInt(split.child()).writeShort(split.atSlot());
    return ask(split.leader(), body);
  }

  private static ByteBuf begin(int kind, int shard) {
    return Unpooled.buffer().writeByte(VERSION).writeByte(kind).writeInt(shard);
  }

  private CompletionStage<Void> ask(NodeId leader, ByteBuf body) {
    if (leader.equals(transport.self())) {
      return carryOut(body);
    }
    CompletableFuture<Void> result = new CompletableFuture<>();
    transport.request(
        leader,
        Lane.CONTROL,
        METHOD,
        body,
        PATIENCE,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf response) {
            result.complete(null);
          }

          @Override
          public void failed(Failure failure, String message) {
            result.completeExceptionally(new IllegalStateException(leader + ": " + message));
          }
        });
    return result;
  }

  private void answer(ByteBuf body, Responder responder) {
    carryOut(body)
        .whenComplete((done, failure) -> {
          if (failure == null) {
            responder.respond(Unpooled.buffer(1).writeByte(VERSION));
          } else {
            responder.refuse(message(failure));
          }
        });
  }

  static String message(Throwable failure) {
    Throwable cause = failure.getCause();
    String message = cause == null ? failure.getMessage() : cause.getMessage();
    return message == null ? failure.toString() : message;
  }

  private CompletionStage<Void> carryOut(ByteBuf body) {
    try {
      int version = body.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "expected version " + VERSION + " of an action, but got " + version);
      }
      int kind = body.readUnsignedByte();
      int number = body.readInt();
      return switch (kind) {
        case CHANGE -> change(number, body);
        case TRANSFER -> membership(number).transferLeadership(readNode(body));
        case SPLIT -> shard(number).split(body.readInt(), body.readUnsignedShort());
        default -> throw new IllegalArgumentException("unknown action " + kind);
      };
    } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletionStage<Void> change(int number, ByteBuf body) {
    long term = body.readLong();
    long order = body.readLong();
    Set<NodeId> voters = readNodes(body);
    Set<NodeId> learners = readNodes(body);
    Membership membership = membership(number);
    ReplicatedLog log = logs.apply(number);
    if (log == null || log.leadership().term() != term) {
      throw new IllegalStateException(
          "expected a change for the term that " + Situation.name(number) + " is in");
    }
    if (latest.merge(number, order, Math::max) != order) {
      throw new IllegalStateException(
          "a later change of " + Situation.name(number) + " came before");
    }
    return membership.change(voters, learners);
  }

  private Membership membership(int number) {
    ReplicatedLog log = logs.apply(number);
    if (log == null || !log.leadership().isLeader()) {
      throw new IllegalStateException(
          transport.self() + " does not lead " + Situation.name(number));
    }
    return log.membership();
  }

  private Shard shard(int number) {
    Shard shard = shards.find(number);
    if (shard == null) {
      throw new IllegalStateException(transport.self() + " has no replica of shard " + number);
    }
    return shard;
  }

  private static void writeNodes(ByteBuf out, Set<NodeId> nodes) {
    out.writeByte(nodes.size());
    new TreeSet<>(nodes).forEach(node -> writeNode(out, node));
  }

  private static void writeNode(ByteBuf out, NodeId node) {
    byte[] bytes = node.value().getBytes(StandardCharsets.UTF_8);
    out.writeByte(bytes.length).writeBytes(bytes);
  }

  private static Set<NodeId> readNodes(ByteBuf in) {
    int count = Math.min(in.readUnsignedByte(), MOST_NODES);
    Set<NodeId> nodes = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      nodes.add(readNode(in));
    }
    return nodes;
  }

  private static NodeId readNode(ByteBuf in) {
    return new NodeId(
        in.readCharSequence(in.readUnsignedByte(), StandardCharsets.UTF_8).toString());
  }
}
