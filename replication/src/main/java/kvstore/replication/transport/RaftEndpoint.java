package kvstore.replication.transport;

import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the Raft library and a {@link PeerTransport} meet; one per transport. The library's node
 * addresses are logical: {@link #peerId} of a node id, which the transport maps to an address.
 *
 * <p>Entries of one group are handled in order: a few, and the answers to a few, on the event loop
 * that has read them, which costs less than to wake another thread; many, which take long, on a
 * thread of their own pool. Votes, heartbeats and the like, which come by another event loop, are
 * handled on another pool, so that they never wait behind entries.
 *
 * <p>All methods may be called by any thread. To be closed after the library's nodes and before the
 * transport.
 */
public final class RaftEndpoint implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RaftEndpoint.class);

  private static final int LOGICAL_PORT = 1;

  /**
   * Bytes and entries of a message, at most, that is handled where it was read, and so is the
   * answer to it. A follower that is behind is sent more at a time, which its leader reads from the
   * disk.
   */
  private static final int FEW_BYTES = 64 << 10;

  private static final int FEW_ENTRIES = 16;

  /** Of a file of a snapshot, in one message. */
  public static final int FILE_CHUNK_BYTES = 256 << 10;

  private record ReplyKey(String group, NodeId peer) {}

  private final PeerTransport transport;
  private final RaftExecutors executors;
  private final PeerRpcServer server;
  private final Endpoint address;
  private final Map<String, GroupTraffic> traffic = new ConcurrentHashMap<>();
  private final Map<String, Courtesy> courtesies = new ConcurrentHashMap<>();
  private final Map<String, Executor> controlOrders = new ConcurrentHashMap<>();
  private final Map<String, Executor> logOrders = new ConcurrentHashMap<>();
  private final Map<ReplyKey, Executor> replyOrders = new ConcurrentHashMap<>();
  private final Map<String, NodeId> nodeIds = new ConcurrentHashMap<>();
  private volatile VoteGuard voteGuard = VoteGuard.NONE;
  private volatile AppendGate appendGate = AppendGate.OPEN;
  private volatile CandidacyGate candidacyGate = CandidacyGate.OPEN;
  private volatile boolean closed;

  private RaftEndpoint(PeerTransport transport) {
    this.transport = transport;
    this.executors = new RaftExecutors(transport.self());
    this.server = new PeerRpcServer(transport);
    this.address = peerId(transport.self()).getEndpoint();
  }

  /**
   * To be called before any class of the library is used: it reads a chunk of a file in steps of a
   * size that it looks up only then, 1 KiB if it is not set, and at each step copies all that it
   * has read of the chunk.
   */
  public static void prepareLibrary() {
    System.setProperty("jraft.byte_buf.size", Integer.toString(FILE_CHUNK_BYTES));
  }

  /** Makes the transport carry the Raft library's messages. */
  public static RaftEndpoint start(PeerTransport transport) {
    RaftEndpoint endpoint = new RaftEndpoint(transport);
    for (int method : RaftMessages.REQUESTS) {
      transport.handle(
          method, (from, body, responder) -> endpoint.receive(method, from, body, responder));
    }
    NodeManager.getInstance().addAddress(endpoint.address);
    return endpoint;
  }

  /** A node's name in the Raft library. */
  public static PeerId peerId(NodeId node) {
    return new PeerId(node.value(), LOGICAL_PORT);
  }

  /** The node that the Raft library knows by this name. */
  public static NodeId nodeId(PeerId peer) {
    return new NodeId(peer.getIp());
  }

  NodeId nodeId(Endpoint peer) {
    return nodeIds.computeIfAbsent(peer.getIp(), NodeId::new);
  }

  /** Options for a node of the Raft library that is to use this transport. */
  public TransportNodeOptions newNodeOptions() {
    return new TransportNodeOptions(this);
  }

  /** For the library's {@code RaftGroupService}, which is not needed otherwise. */
  public RpcServer rpcServer() {
    return server;
  }

  /** What is known of a group's messages; one object per group for the life of this endpoint. */
  public GroupTraffic traffic(String group) {
    return traffic.computeIfAbsent(group, name -> new GroupTraffic(transport.startNanos()));
  }

  Courtesy courtesy(String group) {
    return courtesies.computeIfAbsent(group, name -> new Courtesy(System.nanoTime()));
  }

  /** Sets who decides about real votes, for all groups; to be done before the first node starts. */
  public void setVoteGuard(VoteGuard guard) {
    voteGuard = guard;
  }

  /** Sets what holds entries back, for all groups; to be done before the first node starts. */
  public void setAppendGate(AppendGate gate) {
    appendGate = gate;
  }

  /** Sets what keeps this node from standing; to be done before the first node starts. */
  public void setCandidacyGate(CandidacyGate gate) {
    candidacyGate = gate;
  }

  boolean mayStand(String group) {
    return candidacyGate.mayStand(group);
  }

  VoteGuard voteGuard() {
    return voteGuard;
  }

  PeerTransport transport() {
    return transport;
  }

  RaftExecutors executors() {
    return executors;
  }

  /** Where the library is told of a response. */
  Executor callbackExecutor(int method, String group, NodeId peer) {
    return switch (method) {
      case RaftMessages.APPEND_ENTRIES ->
          replyOrders.computeIfAbsent(
              new ReplyKey(group, peer), key -> new SerialExecutor(executors.log()));
      case RaftMessages.GET_FILE -> executors.files();
      default -> executors.control();
    };
  }

  private Executor handlerExecutor(int method, String group) {
    return switch (method) {
      case RaftMessages.APPEND_ENTRIES ->
          logOrders.computeIfAbsent(
              group,
              key -> new SerialExecutor(executors.log(), () -> closed || appendGate.isOpen(group)));
      case RaftMessages.GET_FILE -> executors.files();
      case RaftMessages.INSTALL_SNAPSHOT -> executors.installs();
      default ->
          controlOrders.computeIfAbsent(group, key -> new SerialExecutor(executors.control()));
    };
  }

  /** On the event loop: finds the request's group, and handles it there or queues it. */
  private void receive(int method, NodeId from, ByteBuf body, Responder responder) {
    RaftMessages.Envelope envelope = RaftMessages.readEnvelope(body);
    if (envelope == null) {
      responder.refuse("malformed Raft request");
      return;
    }
    Executor executor = handlerExecutor(method, envelope.group());
    if (method == RaftMessages.APPEND_ENTRIES && body.readableBytes() <= FEW_BYTES) {
      if (decode(method, from, envelope, responder) instanceof AppendEntriesRequest append) {
        boolean here = isFew(append) && isFree(envelope.group(), append.getTerm());
        run(executor, here, () -> handle(from, envelope, append, responder));
      }
      return;
    }
    body.retain();
    executor.execute(() -> {
      try {
        Message request = decode(method, from, envelope, responder);
        if (request != null) {
          handle(from, envelope, request, responder);
        }
      } finally {
        body.release();
      }
    });
  }

  /** Whether it takes little to handle the entries, or a good answer to them. */
  static boolean isFew(AppendEntriesRequest append) {
    return append.getEntriesCount() <= FEW_ENTRIES && append.getData().size() <= FEW_BYTES;
  }

  /** Whether nothing is to be waited for when a message of this group and term is handled. */
  boolean isFree(String group, long term) {
    return appendGate.isFree(group, term);
  }

  /**
   * @param here whether it may be done before this returns, if its turn has come
   */
  static void run(Executor executor, boolean here, Runnable task) {
    if (here && executor instanceof SerialExecutor serial) {
      serial.executeHere(task);
    } else {
      executor.execute(task);
    }
  }

  /** Null if it was refused. */
  private @Nullable Message decode(
      int method, NodeId from, RaftMessages.Envelope envelope, Responder responder) {
    Message request;
    try {
      request = RaftMessages.decodeRequest(method, envelope.body());
    } catch (InvalidProtocolBufferException e) {
      log.warn("{} sent a malformed Raft request of method {}", from, method, e);
      responder.refuse("malformed Raft request");
      return null;
    }
    if (!RaftMessages.groupOf(request).equals(envelope.group())) {
      responder.refuse("the request names two groups");
      return null;
    }
    return request;
  }

  private void handle(
      NodeId from, RaftMessages.Envelope envelope, Message request, Responder responder) {
    if (closed) {
      responder.refuse("stopping");
      return;
    }
    note(envelope.group(), request);
    if (request instanceof RequestVoteRequest vote && vote.getPreVote()) {
      server.dispatch(from, request, responder, () -> letGoFirst(envelope.group(), from));
      return;
    }
    Supplier<@Nullable Message> guard = guard(request, envelope);
    Message refusal = guard.get();
    if (refusal != null) {
      responder.respond(RaftMessages.encodeResponse(transport.allocator(), refusal));
    } else {
      server.dispatch(from, request, responder, guard);
    }
  }

  private void note(String group, Message request) {
    if (request instanceof AppendEntriesRequest append) {
      traffic(group).heardLeader(append.getTerm(), System.nanoTime());
    } else if (request instanceof InstallSnapshotRequest install) {
      traffic(group).heardLeader(install.getTerm(), System.nanoTime());
    } else if (request instanceof TimeoutNowRequest handOver) {
      traffic(group).toldToTakeOver(handOver.getTerm(), System.nanoTime());
    }
  }

  /** A pre-vote has been granted to {@code candidate}, which nothing holds back. */
  private @Nullable Message letGoFirst(String group, NodeId candidate) {
    boolean precedes = candidate.value().compareTo(transport.self().value()) > 0;
    courtesy(group).granted(precedes, System.nanoTime());
    return null;
  }

  private Supplier<@Nullable Message> guard(Message request, RaftMessages.Envelope envelope) {
    if (request instanceof RequestVoteRequest vote) {
      boolean transfer = (envelope.flags() & RaftMessages.TRANSFER) != 0;
      return () -> voteGuard.refuse(envelope.group(), vote, transfer);
    }
    return () -> null;
  }

  @Override
  public void close() {
    closed = true;
    NodeManager.getInstance().removeAddress(address);
    executors.close();
  }
}
