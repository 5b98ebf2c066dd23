package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerCalls;
import kvstore.replication.transport.Responder;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.memory.ClientMemory;
import kvstore.server.memory.CountedBuffer;
import kvstore.server.shard.LocalShards;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardCommand;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends commands to the node that leads their shard, and answers those that come from other nodes
 * for the shards that are here. Any thread may call any method.
 */
final class Forwarder {

  /** Peer method numbers; 100 to 199 are the server's. */
  static final int METHOD = 100;

  static final int WHO_LEADS = 105;

  /**
   * Added to a command's own deadline, so that the leader's answer, not ours, tells its outcome.
   */
  private static final Duration GRACE = Duration.ofMillis(250);

  /** A node that does not say in this time who leads does not know, or is gone. */
  private static final Duration PATIENCE = Duration.ofMillis(250);

  /** Answers of so many bytes count as memory of clients until they have left. */
  private static final long LARGE = 64 << 10;

  /** What surrounds them. */
  private static final int SMALL = 1 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  private final PeerCalls transport;
  private final LocalShards shards;
  private final Leaders leaders;
  private final ClientMemory memory;
  private final LongSupplier nanoTime;
  private final LongAdder forwarded = new LongAdder();

  Forwarder(
      PeerCalls transport,
      LocalShards shards,
      Leaders leaders,
      ClientMemory memory,
      LongSupplier nanoTime) {
    this.memory = memory;
    this.transport = transport;
    this.shards = shards;
    this.leaders = leaders;
    this.nanoTime = nanoTime;
  }

  /** Commands sent to other nodes since the start, each time they were sent. */
  long forwarded() {
    return forwarded.sum();
  }

  /**
   * @param term the term in which the node was seen to lead
   * @param again called instead of an end when the command was certainly not applied, or is a read
   *     that may be made again
   */
  void forward(
      NodeId node,
      long term,
      int shard,
      Routed routed,
      BiConsumer<Routed, ForwardCodec.NotTaken> again) {
    forwarded.increment();
    long now = nanoTime.getAsLong();
    ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer();
    ForwardCodec.writeRequest(body, shard, term, routed, now);
    Duration timeout = Duration.ofNanos(Math.max(1, routed.deadlineNanos() - now)).plus(GRACE);
    transport.request(
        node,
        Lane.FORWARD,
        METHOD,
        body,
        timeout,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf response) {
            ForwardCodec.Response read;
            try {
              read = ForwardCodec.readResponse(response);
            } catch (IllegalArgumentException e) {
              LOG.warn("What {} answers to a forwarded command is not understood", node, e);
              ShardRoute.answered(routed);
              routed.failed(
                  routed.writes() ? Unavailable.OUTCOME_UNKNOWN : Unavailable.NOT_APPLIED);
              return;
            }
            ForwardCodec.NotTaken notTaken = read.end(routed);
            if (notTaken != null) {
              again.accept(routed, notTaken);
            }
          }

          @Override
          public void failed(Failure failure, String message) {
            if (failure != Failure.LOST) {
              again.accept(routed, ForwardCodec.NotTaken.NOT_LEADING);
            } else if (routed.writes()) {
              ShardRoute.answered(routed);
              routed.failed(Unavailable.OUTCOME_UNKNOWN);
            } else {
              again.accept(routed, ForwardCodec.NotTaken.UNANSWERED);
            }
          }
        });
  }

  /**
   * Asks another node who leads a shard.
   *
   * @param told called once: with the answer, or null if the node does not know or does not answer
   */
  void askWhoLeads(NodeId node, int shard, Consumer<Leaders.@Nullable Known> told) {
    ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer(Byte.BYTES + Integer.BYTES);
    ForwardCodec.writeQuestion(body, shard);
    transport.request(
        node,
        Lane.FORWARD,
        WHO_LEADS,
        body,
        PATIENCE,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf response) {
            Leaders.Known leader = null;
            try {
              leader = ForwardCodec.readLeader(response);
            } catch (IllegalArgumentException e) {
              LOG.warn("What {} says of the leader of shard {} is not understood", node, shard, e);
            }
            told.accept(leader); // whatever came: it is asked again only after this
          }

          @Override
          public void failed(Failure failure, String message) {
            told.accept(null);
          }
        });
  }

  /** Starts answering other nodes' requests. */
  void serve() {
    transport.handle(METHOD, this::answer);
    transport.handle(WHO_LEADS, this::sayWhoLeads);
  }

  private void sayWhoLeads(NodeId from, ByteBuf body, Responder responder) {
    try {
      int shard = ForwardCodec.readQuestion(body);
      ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(64);
      ForwardCodec.writeLeader(response, leader(shard, shards.find(shard)));
      responder.respond(response);
    } catch (IllegalArgumentException e) {
      LOG.warn("A question of {} is refused: {}", from, e.getMessage());
      responder.refuse(String.valueOf(e.getMessage()));
    }
  }

  private void answer(NodeId from, ByteBuf body, Responder responder) {
    ForwardCodec.ForwardRequest request;
    try {
      request = ForwardCodec.readRequest(body);
    } catch (IllegalArgumentException e) {
      LOG.warn("A forwarded command from {} is refused: {}", from, e.getMessage());
      responder.refuse(String.valueOf(e.getMessage()));
      return;
    }
    Shard shard = shards.find(request.shard());
    boolean stale = request.mode() == ReadMode.STALE;
    if (shard == null || (request.term() == Target.ANY_TERM && !stale)) {
      notTaken(responder, request.shard(), shard);
      return;
    }
    long deadline = nanoTime.getAsLong() + Duration.ofMillis(request.millisLeft()).toNanos();
    ShardCommand command =
        new ShardCommand(
            request.command(),
            request.mode(),
            request.ordered(),
            deadline,
            answering(responder, shard));
    if (stale) {
      shard.readStale(command);
    } else {
      shard.submit(command, request.term());
    }
  }

  private ShardCommand.Completion answering(Responder responder, Shard shard) {
    return new ShardCommand.Completion() {
      @Override
      public void done(Outcome outcome) {
        SlotRange held = new SlotRange(shard.firstSlot(), shard.lastSlot());
        Reply reply = Outcomes.toReply(outcome);
        ByteBuf response = responseBuffer(reply.bulkBytes());
        ForwardCodec.writeReply(response, reply, held);
        responder.respond(response);
      }

      @Override
      public void failed(Unavailable reason) {
        ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(2);
        ForwardCodec.writeUnavailable(response, reason);
        responder.respond(response);
      }

      @Override
      public void notLeading() {
        notTaken(responder, shard.number(), shard);
      }

      @Override
      public void unanswered() {
        ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(1);
        ForwardCodec.writeUnanswered(response);
        responder.respond(response);
      }

      @Override
      public void elsewhere() {
        ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(1);
        ForwardCodec.writeElsewhere(response);
        responder.respond(response);
      }
    };
  }

  private ByteBuf responseBuffer(long bytes) {
    return bytes < LARGE
        ? PooledByteBufAllocator.DEFAULT.buffer()
        : new CountedBuffer(memory, (int) Math.min(bytes + SMALL, Integer.MAX_VALUE / 2));
  }

  private void notTaken(Responder responder, int number, @Nullable Shard shard) {
    ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(64);
    ForwardCodec.writeNotLeading(response, leader(number, shard));
    responder.respond(response);
  }

  private Leaders.@Nullable Known leader(int number, @Nullable Shard shard) {
    Leaders.Known known = leaders.of(number);
    if (shard != null) {
      Leadership leadership = shard.leadership();
      NodeId leader = leadership.leader();
      // a leader that has yet to apply what came before its term does not take commands
      boolean ready = leader != null && (leadership.isLeader() || !leader.equals(transport.self()));
      if (leader != null && ready && (known == null || known.term() <= leadership.term())) {
        return new Leaders.Known(leader, leadership.term());
      }
    }
    return known;
  }
}
