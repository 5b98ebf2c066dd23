package kvstore.replication.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import kvstore.replication.NodeId;
import org.slf4j.LoggerFactory;

/**
 * A node's connections to its peers: requests and their responses, over one listening port and, per
 * peer, one connection for each {@link Lane}, opened by whoever has something to ask.
 *
 * <p>Both ends of a connection prove that they know the cluster's secret, and are checked for
 * cluster, node and protocol version; see docs/formats/peer-protocol.md. Without TLS the traffic
 * itself is neither encrypted nor authenticated.
 *
 * <p>All methods may be called by any thread. None blocks, save {@link #start} and {@link #close}.
 */
public final class PeerTransport implements PeerCalls, AutoCloseable {

  private record LinkKey(NodeId peer, Lane lane) {}

  private final TransportOptions options;
  private final ByteBufAllocator allocator;
  private final HandlerTable handlers = new HandlerTable();
  private final PeerAddresses addresses = new PeerAddresses();
  private final Map<LinkKey, PeerLink> links = new ConcurrentHashMap<>();
  private final List<BiConsumer<NodeId, Lane>> joinListeners = new CopyOnWriteArrayList<>();
  private final long startNanos = System.nanoTime();
  private final IoLoops loops;
  private final ExecutorService resolver;
  private final LinkDialer.Shared dialing;
  private final PeerServer server;
  private volatile boolean closed;

  private PeerTransport(TransportOptions options, ByteBufAllocator allocator, boolean nativeIo)
      throws IOException {
    this.options = options;
    this.allocator = allocator;
    Credentials credentials = new Credentials(options.secret(), options.acquaintances().life());
    TlsFiles files = options.tls();
    SslContext tls = files == null ? null : files.forClient();
    this.loops = new IoLoops(options.self(), options.dataThreads(), nativeIo);
    this.resolver =
        Executors.newSingleThreadExecutor(
            new DefaultThreadFactory("peer-resolver-" + options.self(), true));
    try {
      this.server = new PeerServer(options, credentials, loops, allocator, handlers);
    } catch (IOException | RuntimeException e) {
      resolver.shutdownNow();
      loops.close();
      throw e;
    }
    RefusalLog refusals = new RefusalLog(LoggerFactory.getLogger(PeerTransport.class));
    this.dialing =
        new LinkDialer.Shared(
            options,
            credentials,
            loops,
            allocator,
            tls,
            addresses,
            resolver,
            refusals,
            this::joined);
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the port cannot be had or the TLS files cannot be read
   */
  public static PeerTransport start(TransportOptions options) throws IOException {
    return start(options, PooledByteBufAllocator.DEFAULT, true);
  }

  /** With an allocator that tests can look into, and with or without native I/O. */
  static PeerTransport start(TransportOptions options, ByteBufAllocator allocator, boolean nativeIo)
      throws IOException {
    return new PeerTransport(options, allocator, nativeIo);
  }

  @Override
  public NodeId self() {
    return options.self();
  }

  /** The port listened on. */
  public int boundPort() {
    return server.port();
  }

  /** For request and response bodies. */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** {@link System#nanoTime} when this transport started: nothing was answered before. */
  public long startNanos() {
    return startNanos;
  }

  /** Says where a peer listens, now or anew; connections to a former address are closed. */
  public void setPeer(NodeId peer, String host, int port) {
    if (addresses.set(peer, new PeerAddresses.Address(host, port))) {
      disconnect(peer);
    }
  }

  /** Forgets a peer's address and closes the connections to it. */
  public void removePeer(NodeId peer) {
    addresses.remove(peer);
    disconnect(peer);
  }

  /** Whether {@link #setPeer} was called for the peer. */
  @Override
  public boolean knows(NodeId peer) {
    return addresses.get(peer) != null;
  }

  /** The peers for which {@link #setPeer} was called. */
  public Set<NodeId> peers() {
    return addresses.peers();
  }

  @Override
  public boolean isConnected(NodeId peer) {
    for (Lane lane : Lane.values()) {
      PeerLink link = links.get(new LinkKey(peer, lane));
      if (link != null && link.isJoined()) {
        return true;
      }
    }
    return false;
  }

  /** Closes the connections to a peer; the next request opens one again. */
  public void disconnect(NodeId peer) {
    links.forEach((key, link) -> {
      if (key.peer().equals(peer)) {
        link.disconnect("asked to disconnect");
      }
    });
  }

  @Override
  public void handle(int method, Handler handler) {
    handlers.set(method, handler, null);
  }

  @Override
  public void handle(int method, Handler handler, Executor executor) {
    handlers.set(method, handler, executor);
  }

  @Override
  public void request(
      NodeId to, Lane lane, int method, ByteBuf body, Duration timeout, ResponseHandler handler) {
    HandlerTable.check(method);
    link(to, lane).submit(method, body, System.nanoTime() + timeout.toNanos(), handler);
  }

  private PeerLink link(NodeId to, Lane lane) {
    LinkKey key = new LinkKey(to, lane);
    PeerLink link = links.get(key);
    return link != null ? link : links.computeIfAbsent(key, this::newLink);
  }

  private PeerLink newLink(LinkKey key) {
    PeerLink link =
        new PeerLink(
            key.peer(),
            key.lane(),
            loops.loop(key.lane(), key.peer().hashCode()),
            options,
            owner -> new LinkDialer(owner, dialing));
    if (closed) {
      link.refuseAll();
    }
    return link;
  }

  /** Tells of every connection made to a peer, on its event loop. */
  void onJoin(BiConsumer<NodeId, Lane> listener) {
    joinListeners.add(listener);
  }

  void removeOnJoin(BiConsumer<NodeId, Lane> listener) {
    joinListeners.remove(listener);
  }

  private void joined(PeerLink link) {
    joinListeners.forEach(listener -> listener.accept(link.peer(), link.lane()));
  }

  /** Requests queued or unanswered on a lane to a peer. */
  int inflight(NodeId to, Lane lane) {
    return link(to, lane).inflight();
  }

  /** Bytes of request bodies queued or unanswered on a lane to a peer. */
  long inflightBytes(NodeId to, Lane lane) {
    return link(to, lane).inflightBytes();
  }

  PeerServer server() {
    return server;
  }

  /** Closes every connection; requests in flight fail. Waits a bounded time. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    server.close();
    CountDownLatch ended = new CountDownLatch(links.size());
    for (PeerLink link : links.values()) {
      try {
        link.loop()
            .execute(() -> {
              link.close();
              ended.countDown();
            });
      } catch (RejectedExecutionException e) {
        ended.countDown();
      }
    }
    try {
      ended.await(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    resolver.shutdownNow();
    loops.close();
    links.values().forEach(link -> link.failSubmitted("the transport is closed"));
  }
}
