package kvstore.server.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import kvstore.replication.NodeId;
import kvstore.replication.transport.PeerTransport;
import kvstore.replication.transport.Responder;
import kvstore.replication.transport.TransportOptions;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.ClusterView;
import kvstore.server.directory.NodeEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers nodes that ask to be taken in. Any node does; the directory decides. Thread-safe. */
public final class JoinDesk {

  /** Puts a node into the directory. */
  public interface Directory {
    /**
     * Adds the node; ends with the state that holds it.
     *
     * <p>Fails with {@link NotTakenInException} if the directory refuses it, with anything else if
     * it could not be asked.
     */
    CompletionStage<ClusterState> add(NodeEntry node);
  }

  /** The directory does not take the node; asking again is of no use. */
  public static final class NotTakenInException extends Exception {
    private static final long serialVersionUID = 1L;

    public NotTakenInException(String reason) {
      super(reason);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(JoinDesk.class);

  private final ClusterView view;
  private final String release;
  private final Directory directory;

  private JoinDesk(ClusterView view, String release, Directory directory) {
    this.view = view;
    this.release = release;
    this.directory = directory;
  }

  /** Starts to answer. */
  public static void open(
      PeerTransport transport, ClusterView view, String release, Directory directory) {
    JoinDesk desk = new JoinDesk(view, release, directory);
    transport.handle(
        TransportOptions.JOIN, (from, body, responder) -> desk.answer(body, responder));
  }

  private void answer(ByteBuf body, Responder responder) {
    Newcomer newcomer;
    try {
      newcomer = JoinMessages.readRequest(body);
    } catch (IllegalArgumentException e) {
      respond(
          responder,
          new JoinMessages.Declined(true, "this node runs " + release + ": " + e.getMessage()));
      return;
    }
    LOG.info(
        "{}:{} asks to join, running {}", newcomer.host(), newcomer.port(), newcomer.release());
    ClusterState state = view.current();
    NodeEntry waiting = neverSeenAt(state, newcomer);
    if (waiting != null) {
      respond(responder, takenIn(state, waiting.id()));
      return;
    }
    NodeId id;
    try {
      id = newcomer.id().isEmpty() ? nextId(state) : new NodeId(newcomer.id());
    } catch (IllegalArgumentException e) {
      respond(responder, new JoinMessages.Declined(true, String.valueOf(e.getMessage())));
      return;
    }
    add(entry(id, newcomer), responder);
  }

  private void add(NodeEntry entry, Responder responder) {
    directory
        .add(entry)
        .whenComplete((state, failure) -> {
          if (failure == null) {
            respond(responder, takenIn(state, entry.id()));
          } else {
            boolean forGood = causeOf(failure) instanceof NotTakenInException;
            respond(
                responder,
                new JoinMessages.Declined(forGood, String.valueOf(causeOf(failure).getMessage())));
          }
        });
  }

  private static Throwable causeOf(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /**
   * A node taken in at this very address that has never reported: its answer was lost, or it
   * stopped before it had written its identity down. It holds nothing, so it may have its id again.
   */
  private static @Nullable NodeEntry neverSeenAt(ClusterState state, Newcomer newcomer) {
    for (NodeEntry node : state.nodes()) {
      boolean same =
          node.host().equals(newcomer.host())
              && node.port() == newcomer.port()
              && node.peerPort() == newcomer.peerPort();
      boolean wanted = newcomer.id().isEmpty() || newcomer.id().equals(node.id().value());
      if (same && wanted && node.release().isEmpty() && state.version() > 0) {
        return node;
      }
    }
    return null;
  }

  /** n1, n2, …: one above all that were ever given. */
  private static NodeId nextId(ClusterState state) {
    int highest = 0;
    for (NodeEntry node : state.nodes()) {
      String text = node.id().value();
      if (text.matches("n\\d{1,8}")) {
        highest = Math.max(highest, Integer.parseInt(text.substring(1)));
      }
    }
    return new NodeId("n" + (highest + 1));
  }

  private static NodeEntry entry(NodeId id, Newcomer newcomer) {
    return new NodeEntry(
        id,
        newcomer.host(),
        newcomer.port(),
        newcomer.clusterPort(),
        newcomer.peerPort(),
        newcomer.zone(),
        NodeEntry.Status.ACTIVE,
        "",
        0);
  }

  private static JoinMessages.TakenIn takenIn(ClusterState state, NodeId id) {
    return new JoinMessages.TakenIn(
        state.clusterId(),
        id,
        state.nodes().stream()
            .filter(node -> node.status() != NodeEntry.Status.OUT && !node.id().equals(id))
            .map(node -> new ClusterMember(node.id(), node.host(), node.port(), node.peerPort()))
            .toList());
  }

  private static void respond(Responder responder, JoinMessages.Response response) {
    ByteBuf body = Unpooled.buffer();
    JoinMessages.write(body, response);
    responder.respond(body);
  }
}
