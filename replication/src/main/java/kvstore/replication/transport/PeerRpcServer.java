package kvstore.replication.transport;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
import com.alipay.sofa.jraft.rpc.impl.PingRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.GetFileRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.InstallSnapshotRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.ReadIndexRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.RequestVoteRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.TimeoutNowRequestProcessor;
import com.google.protobuf.Message;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * The Raft library's way in: hands decoded requests to its processors. Knows those of the Raft
 * protocol from the start; the library's administration requests are not served over the network.
 */
final class PeerRpcServer implements RpcServer {

  private final PeerTransport transport;
  private final Map<String, RpcProcessor<?>> processors = new ConcurrentHashMap<>();

  PeerRpcServer(PeerTransport transport) {
    this.transport = transport;
    registerProcessor(new AppendEntriesHandler());
    registerProcessor(new RequestVoteRequestProcessor(Runnable::run));
    registerProcessor(new ReadIndexRequestProcessor(Runnable::run));
    registerProcessor(new TimeoutNowRequestProcessor(Runnable::run));
    registerProcessor(new InstallSnapshotRequestProcessor(Runnable::run));
    registerProcessor(new GetFileRequestProcessor(Runnable::run));
    registerProcessor(new PingRequestProcessor(Runnable::run));
  }

  @Override
  public boolean init(@Nullable Void options) {
    return true;
  }

  @Override
  public void shutdown() {
    // The transport is closed by whoever started it.
  }

  /** Only the library's AppendEntries processor listens, and it is not used here. */
  @Override
  public void registerConnectionClosedEventListener(ConnectionClosedEventListener listener) {}

  @Override
  public void registerProcessor(RpcProcessor<?> processor) {
    String interest = processor.interest();
    if (interest.equals(AppendEntriesRequest.class.getName())
        && !(processor instanceof AppendEntriesHandler)) {
      return;
    }
    processors.put(interest, processor);
  }

  @Override
  public int boundPort() {
    return transport.boundPort();
  }

  @Override
  public boolean isStarted() {
    return true;
  }

  /**
   * Runs a request's processor on the current thread.
   *
   * @param heldBack asked before a granted vote leaves; what it returns leaves instead
   */
  @SuppressWarnings("unchecked")
  void dispatch(
      NodeId from, Message request, Responder responder, Supplier<@Nullable Message> heldBack) {
    RpcProcessor<?> processor = processors.get(request.getClass().getName());
    if (processor == null) {
      responder.refuse("no processor for " + request.getClass().getSimpleName());
      return;
    }
    ((RpcProcessor<Message>) processor)
        .handleRequest(new Context(from, responder, heldBack), request);
  }

  private final class Context implements RpcContext {
    private final NodeId from;
    private final Responder responder;
    private final Supplier<@Nullable Message> heldBack;

    Context(NodeId from, Responder responder, Supplier<@Nullable Message> heldBack) {
      this.from = from;
      this.responder = responder;
      this.heldBack = heldBack;
    }

    @Override
    public void sendResponse(Object response) {
      Message message = (Message) response;
      if (message instanceof RequestVoteResponse vote && vote.getGranted()) {
        Message instead = heldBack.get();
        message = instead == null ? message : instead;
      }
      responder.respond(RaftMessages.encodeResponse(transport.allocator(), message));
    }

    /** There is none to speak of: requests of one peer come over several. */
    @Override
    public @Nullable Connection getConnection() {
      return null;
    }

    @Override
    public String getRemoteAddress() {
      return from.value();
    }
  }
}
