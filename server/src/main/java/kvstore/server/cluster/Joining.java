package kvstore.server.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.ResponseHandler;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.config.ClusterMember;
import kvstore.server.config.PeerAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a new node asks a cluster to take it in: through the peer port of any node, proving that it
 * knows the cluster's secret. Blocks; used before anything else of the node runs.
 */
public final class Joining {

  private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

  /** A cluster whose directory can elect a leader answers within it. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private Joining() {}

  /**
   * Asks each address in turn until one takes the node in.
   *
   * @throws IOException with one line for the person who started the node
   */
  public static Identity join(List<PeerAddress> addresses, byte[] secret, Newcomer newcomer)
      throws IOException {
    NodeId nameless = new NodeId("joining-" + newcomer.port());
    TransportOptions options =
        TransportOptions.of(nameless, TransportOptions.JOINING, secret, "127.0.0.1", 0)
            .withDataThreads(1);
    try (PeerTransport transport = PeerTransport.start(options)) {
      for (int i = 0; i < addresses.size(); i++) {
        PeerAddress address = addresses.get(i);
        transport.setPeer(seed(i), address.client().host(), address.peerPort());
      }
      return ask(transport, addresses, newcomer);
    }
  }

  private static NodeId seed(int index) {
    return new NodeId("seed-" + index);
  }

  private static Identity ask(
      PeerTransport transport, List<PeerAddress> addresses, Newcomer newcomer) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int turn = 0; ; turn++) {
      int index = turn % addresses.size();
      JoinMessages.Response response = ask(transport, seed(index), newcomer);
      if (response instanceof JoinMessages.TakenIn in) {
        return identity(newcomer, in);
      }
      JoinMessages.Declined declined = (JoinMessages.Declined) response;
      String what = "the node at " + addresses.get(index).client() + ": " + declined.reason();
      if (declined.forGood()) {
        throw new IOException("the cluster does not take this node in; " + what);
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(
            "no cluster took this node in within " + PATIENCE.toSeconds() + " s; " + what);
      }
      LOG.info("Not taken in yet by {}", what);
      pause();
    }
  }

  private static Identity identity(Newcomer newcomer, JoinMessages.TakenIn in) {
    ClusterMember self =
        new ClusterMember(in.id(), newcomer.host(), newcomer.port(), newcomer.peerPort());
    return Identity.joined(self, in.clusterId(), in.nodes());
  }

  private static JoinMessages.Response ask(PeerTransport transport, NodeId seed, Newcomer newcomer)
      throws IOException {
    ByteBuf body = Unpooled.buffer();
    JoinMessages.write(body, newcomer);
    CompletableFuture<JoinMessages.Response> answer = new CompletableFuture<>();
    transport.request(
        seed, Lane.CONTROL, TransportOptions.JOIN, body, REQUEST_TIMEOUT, new Answering(answer));
    try {
      return answer.get(2 * REQUEST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining", e);
    } catch (ExecutionException e) {
      return new JoinMessages.Declined(true, String.valueOf(e.getMessage()));
    } catch (TimeoutException e) {
      return new JoinMessages.Declined(false, "no answer");
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining", e);
    }
  }

  private record Answering(CompletableFuture<JoinMessages.Response> answer)
      implements ResponseHandler {

    @Override
    public void response(ByteBuf body) {
      try {
        answer.complete(JoinMessages.readResponse(body));
      } catch (IllegalArgumentException e) {
        answer.completeExceptionally(e);
      }
    }

    @Override
    public void failed(Failure failure, String message) {
      // A wrong secret will not come right by waiting; a node that is not up yet may come.
      boolean forGood = message.contains("secrets differ") || message.contains("protocol version");
      answer.complete(new JoinMessages.Declined(forGood, message));
    }
  }
}
