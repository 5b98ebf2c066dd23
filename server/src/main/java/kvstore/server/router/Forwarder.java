package kvstore.server.router;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
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
  private final AtomicLong identities;

  /**
   * @param incarnation random, another one for each process
   */
  Forwarder(
      PeerCalls transport,
      LocalShards shards,
      Leaders leaders,
      ClientMemory memory,
      LongSupplier nanoTime,
      long incarnation) {
    this.memory = memory;
    this.identities = new AtomicLong(incarnation);
    this.transport = transport;
    this.shards = shards;
    this.leaders = leaders;
    this.nanoTime = nanoTime;
  }

  /** Commands sent to other nodes since the start, each time they were sent. */
  long forwarded() {
    return forwarded.sum();
  }

  /** Who is told what came of a forwarded command. */
  interface Sender {
    /**
     * In place of an end: the command was certainly not applied, or is a read that may be made
     * again, or is in doubt.
     */
    void again(Routed routed, ForwardCodec.NotTaken why);

    /** A leader of the shard said that it had applied the log up to there. */
    void applied(long index);
  }

  /**
   * @param term the term in which the node was seen to lead
   */
  void forward(NodeId node, long term, int shard, Routed routed, Sender sender) {
    forwarded.increment();
    if (routed.writes()) {
      routed.identify(this::nextIdentity);
    }
    long now = nanoTime.getAsLong();
    ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer();
    ForwardCodec.writeRequest(body, shard, term, routed, now);
    Duration timeout = Duration.ofNanos(Math.max(1, routed.deadlineNanos() - now)).plus(GRACE);
    Sending sending =
        new Sending(node, routed, term == Target.ANY_TERM ? null : routed.target(), sender);
    sending.begin();
    transport.request(node, Lane.FORWARD, METHOD, body, timeout, sending);
  }

  private long nextIdentity() {
    long identity = identities.incrementAndGet();
    return identity == 0 ? identities.incrementAndGet() : identity;
  }

  /** One sending of a command; over with an answer, without one, or when it is given up. */
  private static final class Sending extends AtomicBoolean implements ResponseHandler, Runnable {

    private static final long serialVersionUID = 1;

    private final transient NodeId node;
    private final transient Routed routed;
    private final transient @Nullable Target target;
    private final transient Sender sender;

    Sending(NodeId node, Routed routed, @Nullable Target target, Sender sender) {
      this.node = node;
      this.routed = routed;
      this.target = target;
      this.sender = sender;
    }

    void begin() {
      if (target != null) {
        target.began(this);
      }
    }

    /** What came before it on its connection may have come back unsent, and wait. */
    @Override
    public boolean mayLeave() {
      return target == null || !target.isSpoiled();
    }

    /** False if it was over before. */
    private boolean end() {
      if (!compareAndSet(false, true)) {
        return false;
      }
      if (target != null) {
        target.ended(this);
      }
      return true;
    }

    @Override
    public void response(ByteBuf response) {
      if (!end()) {
        return;
      }
      ForwardCodec.Response read;
      try {
        read = ForwardCodec.readResponse(response);
      } catch (IllegalArgumentException e) {
        LOG.warn("What {} answers to a forwarded command is not understood", node, e);
        ShardRoute.answered(routed);
        routed.failed(routed.writes() ? Unavailable.OUTCOME_UNKNOWN : Unavailable.NOT_APPLIED);
        return;
      }
      if (target != null && read.applied() > 0) {
        sender.applied(read.applied());
      }
      ForwardCodec.NotTaken notTaken = read.end(routed);
      if (notTaken != null) {
        sender.again(routed, notTaken);
      }
    }

    @Override
    public void failed(Failure failure, String message) {
      if (!end()) {
        return;
      }
      if (failure == Failure.LOST) {
        lost();
      } else {
        if (failure == Failure.NOT_SENT && target != null) {
          target.spoil();
        }
        sender.again(routed, ForwardCodec.NotTaken.NOT_LEADING);
      }
    }

    /** The leader has a successor and does not answer. */
    @Override
    public void run() {
      if (end()) {
        lost();
      }
    }

    private void lost() {
      if (!routed.writes()) {
        sender.again(routed, ForwardCodec.NotTaken.UNANSWERED);
      } else if (routed.staysInDoubt()) {
        sender.again(routed, ForwardCodec.NotTaken.IN_DOUBT);
      } else {
        ShardRoute.answered(routed);
        routed.failed(Unavailable.OUTCOME_UNKNOWN);
      }
    }
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
            request.doubt(),
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
        ForwardCodec.writeReply(response, reply, held, shard.appliedIndex());
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
