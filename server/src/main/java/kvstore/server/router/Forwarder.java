package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import kvstore.engine.command.Outcome;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.Responder;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.shard.Shard;
import kvstore.server.shard.ShardCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends commands to the node that leads their shard, and answers those that come from other nodes.
 * Any thread may call any method.
 */
final class Forwarder {

  /** Peer method number; 100 to 199 are the server's. */
  static final int METHOD = 100;

  /**
   * Added to a command's own deadline, so that the leader's answer, not ours, tells its outcome.
   */
  private static final Duration GRACE = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  private final PeerTransport transport;
  private final int shardNumber;
  private final LongAdder forwarded = new LongAdder();

  Forwarder(PeerTransport transport, int shardNumber) {
    this.transport = transport;
    this.shardNumber = shardNumber;
  }

  /**
   * @param again called instead of an end when the command was certainly not applied, or is a read
   */
  void forward(NodeId leader, long term, Routed routed, Consumer<Routed> again) {
    long now = System.nanoTime();
    ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer();
    ForwardCodec.writeRequest(body, shardNumber, term, routed, now);
    Duration timeout = Duration.ofNanos(Math.max(1, routed.deadlineNanos() - now)).plus(GRACE);
    forwarded.increment();
    transport.request(
        leader,
        Lane.FORWARD,
        METHOD,
        body,
        timeout,
        new ResponseHandler() {
          @Override
          public void response(ByteBuf response) {
            if (!ForwardCodec.readResponse(response, routed)) {
              again.accept(routed);
            }
          }

          @Override
          public void failed(Failure failure, String message) {
            if (failure == Failure.LOST && routed.writes()) {
              routed.failed(Unavailable.OUTCOME_UNKNOWN);
            } else {
              again.accept(routed);
            }
          }
        });
  }

  /** Commands sent to other nodes so far, each as often as it was sent. */
  long forwarded() {
    return forwarded.sum();
  }

  /** Starts answering other nodes' requests for this shard. */
  void serve(Shard shard) {
    transport.handle(METHOD, (from, body, responder) -> answer(shard, from, body, responder));
  }

  private void answer(Shard shard, NodeId from, ByteBuf body, Responder responder) {
    ForwardCodec.ForwardRequest request;
    try {
      request = ForwardCodec.readRequest(body);
    } catch (IllegalArgumentException e) {
      LOG.warn("A forwarded command from {} is refused: {}", from, e.getMessage());
      responder.refuse(String.valueOf(e.getMessage()));
      return;
    }
    if (request.shard() != shardNumber) {
      responder.refuse("shard " + request.shard() + " is not here");
      return;
    }
    long deadline = System.nanoTime() + Duration.ofMillis(request.millisLeft()).toNanos();
    shard.submit(
        new ShardCommand(
            request.command(), request.mode(), request.ordered(), deadline, answering(responder)),
        request.term());
  }

  private static ShardCommand.Completion answering(Responder responder) {
    return new ShardCommand.Completion() {
      @Override
      public void done(Outcome outcome) {
        ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer();
        ForwardCodec.writeReply(response, Outcomes.toReply(outcome));
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
        ByteBuf response = PooledByteBufAllocator.DEFAULT.buffer(1);
        ForwardCodec.writeNotLeading(response);
        responder.respond(response);
      }

      @Override
      public void elsewhere() {
        notLeading();
      }
    };
  }
}
