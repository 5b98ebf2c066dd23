package kvstore.replication.transport;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.ConnectionFailureException;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/** The Raft library's way out: its requests over a {@link PeerTransport}. */
final class PeerRpcClient implements RpcClient {

  private @Nullable ReplicatorGroup replicators;
  private volatile @Nullable RaftEndpoint endpoint;
  private volatile long electionTimeoutNanos;
  private @Nullable BiConsumer<NodeId, Lane> joinListener;

  /** Comes before {@link #init}. */
  @Override
  public void registerConnectEventListener(ReplicatorGroup replicatorGroup) {
    replicators = replicatorGroup;
  }

  @Override
  public boolean init(RpcOptions options) {
    RaftEndpoint ours = TransportNodeOptions.endpointOf(options);
    endpoint = ours;
    electionTimeoutNanos =
        TimeUnit.MILLISECONDS.toNanos(((NodeOptions) options).getElectionTimeoutMs());
    ReplicatorGroup group = replicators;
    if (group != null) {
      joinListener = (peer, lane) -> reachedAgain(ours, group, peer, lane);
      ours.transport().onJoin(joinListener);
    }
    return true;
  }

  /** A replicator that could not be started gets another try; takes the node's lock. */
  private static void reachedAgain(
      RaftEndpoint ours, ReplicatorGroup group, NodeId peer, Lane lane) {
    if (lane == Lane.CONTROL) {
      PeerId id = RaftEndpoint.peerId(peer);
      ours.executors().control().execute(() -> group.checkReplicator(id, true));
    }
  }

  @Override
  public void shutdown() {
    RaftEndpoint ours = endpoint;
    if (ours != null && joinListener != null) {
      ours.transport().removeOnJoin(joinListener);
    }
    endpoint = null;
  }

  private RaftEndpoint endpoint() throws RemotingException {
    RaftEndpoint ours = endpoint;
    if (ours == null) {
      throw new RemotingException("the RPC client is shut down");
    }
    return ours;
  }

  /**
   * Whether there is an address to send to. The library asks before elections and replication, and
   * waits for a connection if told there is none, with a lock held; requests to an absent peer fail
   * soon enough by themselves.
   */
  @Override
  public boolean checkConnection(Endpoint to) {
    RaftEndpoint ours = endpoint;
    return ours != null && ours.transport().knows(ours.nodeId(to));
  }

  @Override
  public boolean checkConnection(Endpoint to, boolean createIfAbsent) {
    return checkConnection(to);
  }

  @Override
  public void closeConnection(Endpoint to) {
    // The library closes connections when a group parts with a peer; others still use them.
  }

  @Override
  public Object invokeSync(
      Endpoint to, Object request, @Nullable InvokeContext context, long timeoutMs)
      throws InterruptedException, RemotingException {
    CompletableFuture<Object> answer = new CompletableFuture<>();
    invokeAsync(
        to,
        request,
        context,
        (result, failure) -> {
          if (failure == null) {
            answer.complete(result);
          } else {
            answer.completeExceptionally(failure);
          }
        },
        timeoutMs);
    try {
      return answer.get(2 * timeoutMs + 1_000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RemotingException remoting) {
        throw remoting;
      }
      throw new RemotingException(e.getCause());
    } catch (TimeoutException e) {
      throw new InvokeTimeoutException(e);
    }
  }

  @Override
  public void invokeAsync(
      Endpoint to,
      Object request,
      @Nullable InvokeContext context,
      InvokeCallback callback,
      long timeoutMs)
      throws RemotingException {
    RaftEndpoint ours = endpoint();
    int method = RaftMessages.methodOf(request);
    if (method == 0) {
      throw new RemotingException(
          "expected a message that peers exchange, but got " + request.getClass().getName());
    }
    String group = RaftMessages.groupOf(request);
    NodeId peer = ours.nodeId(to);
    Executor executor = ours.callbackExecutor(method, group, peer);
    int flags = 0;
    InvokeCallback told = callback;
    if (request instanceof RequestVoteRequest vote && vote.getPreVote()) {
      Courtesy courtesy = ours.courtesy(group);
      Message refusal = refusal(vote);
      if (!ours.mayStand(group) || !courtesy.mayAsk(System.nanoTime())) {
        executor.execute(() -> callback.complete(refusal, null));
        return;
      }
      told =
          (answer, failure) -> {
            boolean unused = isGranted(answer) && !courtesy.mayUse(System.nanoTime());
            callback.complete(unused ? refusal : answer, failure);
          };
    } else if (request instanceof RequestVoteRequest vote) {
      boolean transfer =
          ours.traffic(group).takesOver(vote.getTerm(), System.nanoTime(), electionTimeoutNanos);
      Message refusal = ours.voteGuard().refuse(group, vote, transfer);
      if (refusal != null) {
        executor.execute(() -> callback.complete(refusal, null));
        return;
      }
      flags = transfer ? RaftMessages.TRANSFER : 0;
    } else if (request instanceof TimeoutNowRequest handOver) {
      ours.traffic(group).handedOver(handOver.getTerm());
    }
    PeerTransport transport = ours.transport();
    ByteBuf body =
        RaftMessages.encodeRequest(transport.allocator(), flags, group, (Message) request);
    transport.request(
        peer,
        RaftMessages.laneOf(method),
        method,
        body,
        Duration.ofMillis(timeoutMs),
        new Callback(told, executor, mayAnswerHere(ours, request), method, timeoutMs));
  }

  /** To a pre-vote, as if by another node in the same term. */
  private static Message refusal(RequestVoteRequest preVote) {
    return RequestVoteResponse.newBuilder()
        .setTerm(preVote.getTerm() - 1)
        .setGranted(false)
        .build();
  }

  private static boolean isGranted(@Nullable Object answer) {
    return answer instanceof RequestVoteResponse vote && vote.getGranted();
  }

  /** Whether an answer may be handed to the library on the event loop that has read it. */
  private static Predicate<Message> mayAnswerHere(RaftEndpoint ours, Object request) {
    if (!(request instanceof AppendEntriesRequest append) || !RaftEndpoint.isFew(append)) {
      return answer -> false;
    }
    String group = append.getGroupId();
    long term = append.getTerm();
    return answer ->
        answer instanceof AppendEntriesResponse appended
            && appended.getSuccess()
            && ours.isFree(group, term);
  }

  /**
   * Hands an answer to the library, never on the thread that asked. That to a few entries is handed
   * over on the event loop; whoever asked may still hold the library's lock of that peer, but waits
   * for nothing with it.
   */
  private static final class Callback implements ResponseHandler {
    private final InvokeCallback callback;
    private final Executor executor;
    private final Predicate<Message> mayBeHere;
    private final int method;
    private final long timeoutMs;
    private final long startNanos = System.nanoTime();

    Callback(
        InvokeCallback callback,
        Executor executor,
        Predicate<Message> mayBeHere,
        int method,
        long timeoutMs) {
      this.callback = callback;
      this.executor = executor;
      this.mayBeHere = mayBeHere;
      this.method = method;
      this.timeoutMs = timeoutMs;
    }

    @Override
    public void response(ByteBuf body) {
      try {
        Message message = ended(RaftMessages.decodeResponse(body));
        RaftEndpoint.run(executor, mayBeHere.test(message), () -> callback.complete(message, null));
      } catch (InvalidProtocolBufferException e) {
        fail(new RemotingException("malformed response", e));
      }
    }

    /**
     * A source that no longer offers a snapshot will not do so again, but the library asks three
     * times for each file, a second apart, before it can begin with the next snapshot: for most of
     * a minute. Told that the copy was cancelled it asks no more.
     */
    private Message ended(Message response) {
      if (method == RaftMessages.GET_FILE
          && response instanceof ErrorResponse error
          && error.getErrorCode() == RaftError.ENOENT.getNumber()) {
        return error.toBuilder().setErrorCode(RaftError.ECANCELED.getNumber()).build();
      }
      return response;
    }

    @Override
    public void failed(Failure failure, String message) {
      if (System.nanoTime() - startNanos >= TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
        fail(new InvokeTimeoutException(message));
      } else if (failure == Failure.NOT_SENT) {
        fail(new ConnectionFailureException(message));
      } else {
        fail(new RemotingException(message));
      }
    }

    private void fail(RemotingException failure) {
      executor.execute(() -> callback.complete(null, failure));
    }
  }
}
