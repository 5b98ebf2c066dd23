package kvstore.server.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import kvstore.protocol.CommandTable;
import kvstore.protocol.ProtocolLimits;
import kvstore.server.config.ClientIo;
import kvstore.server.config.ClientLimits;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ReadPolicy;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.ClientStatistics;
import kvstore.server.console.NodeView;
import kvstore.server.router.DataPath;
import kvstore.server.router.ReadMode;

/** What all connections of a node share; any thread. */
final class Gateway {

  /** What the connections of one event loop share. */
  record Loop(LoopInbox inbox, ClientStatistics.Recorder recorder) {}

  private static final int STRANGER_ARGUMENTS = 10;
  private static final int STRANGER_BULK = 16 << 10;

  private final ServerOptions options;
  private final ClientIo io;
  private final Endpoints endpoints;
  private final DataPath data;
  private final NodeView node;
  private final ClientStatistics statistics;
  private final InstantSource clock;
  private final Runnable stop;
  private final Ticker ticker = Ticker.systemTicker();
  private final long startNanos = ticker.nanoTime();
  private final ClientRegistry clients = new ClientRegistry();
  private final CommandIndex commands;
  private final Dispatcher dispatcher;
  private final Redirection redirection;
  private final ProtocolLimits trusted;
  private final ProtocolLimits stranger;

  /** The sums when CONFIG RESETSTAT was last called; INFO counts from there. */
  private volatile ClientStatistics.Totals baseline = ClientStatistics.Totals.NONE;

  private volatile int maxClients;
  private volatile Duration idleTimeout;

  /**
   * @param io what the event loops read and write with
   */
  Gateway(NetServer.Setup setup, ClientIo io, Endpoints endpoints, DataPath data, NodeView node) {
    this.options = setup.options();
    this.io = io;
    this.endpoints = endpoints;
    this.data = data;
    this.node = node;
    this.statistics = setup.statistics();
    this.clock = setup.clock();
    this.stop = setup.stop();
    ClientLimits limits = options.clients();
    this.maxClients = limits.maxClients();
    this.idleTimeout = limits.idleTimeout();
    ClientLimits.RequestLimits request = limits.request();
    this.trusted =
        new ProtocolLimits(
            request.maxBulk().toInt(),
            request.maxArguments(),
            request.maxInline().toInt(),
            request.maxTotal().bytes());
    this.stranger =
        new ProtocolLimits(
            Math.min(STRANGER_BULK, request.maxBulk().toInt()),
            STRANGER_ARGUMENTS,
            request.maxInline().toInt(),
            STRANGER_BULK);
    Map<String, SessionCommand> sessionCommands = SessionCommands.of(this);
    this.commands = new CommandIndex(CommandTable.standard(), sessionCommands);
    this.redirection = new Redirection(node);
    this.dispatcher =
        new Dispatcher(
            commands, data, new RequestRules(request), redirection, new WholeKeyspace(this));
  }

  Loop newLoop(EventLoop loop) {
    return new Loop(new LoopInbox(loop), statistics.newRecorder());
  }

  ServerOptions options() {
    return options;
  }

  ClientIo io() {
    return io;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  int port() {
    return endpoints.port();
  }

  Redirection redirection() {
    return redirection;
  }

  DataPath data() {
    return data;
  }

  NodeView node() {
    return node;
  }

  ClientStatistics statistics() {
    return statistics;
  }

  ClientStatistics.Totals totalsSinceReset() {
    return statistics.totals().since(baseline);
  }

  void resetTotals() {
    baseline = statistics.totals();
  }

  InstantSource clock() {
    return clock;
  }

  ClientRegistry clients() {
    return clients;
  }

  CommandIndex commands() {
    return commands;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Begins the clean stop of the node (SHUTDOWN); returns at once. */
  void stopNode() {
    stop.run();
  }

  long nanoTime() {
    return ticker.nanoTime();
  }

  long uptimeNanos() {
    return ticker.nanoTime() - startNanos;
  }

  boolean needsPassword() {
    return options.security().password().isPresent();
  }

  ReadMode usualReadMode() {
    return options.consistency().reads() == ReadPolicy.QUORUM
        ? ReadMode.QUORUM
        : ReadMode.LINEARIZABLE;
  }

  /** Who has not given the password may not make this node keep much. */
  ProtocolLimits limits(boolean authenticated) {
    return authenticated ? trusted : stranger;
  }

  int maxPendingRequests() {
    return options.clients().maxPendingRequests();
  }

  long maxPendingBytes() {
    return options.clients().request().maxTotal().bytes();
  }

  long outputLimit() {
    return options.clients().outputBuffer().bytes();
  }

  int maxClients() {
    return maxClients;
  }

  void maxClients(int value) {
    maxClients = value;
  }

  Duration idleTimeout() {
    return idleTimeout;
  }

  void idleTimeout(Duration value) {
    idleTimeout = value;
  }
}
