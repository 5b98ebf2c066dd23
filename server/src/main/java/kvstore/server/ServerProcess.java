package kvstore.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import kvstore.server.cluster.DataDirectory;
import kvstore.server.cluster.DataDirectoryException;
import kvstore.server.cluster.Identity;
import kvstore.server.config.ConfigException;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.HttpConsole;
import kvstore.server.console.NodeView;
import kvstore.server.net.NetServer;
import kvstore.server.router.DataPath;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a node with its ports, waits for the word to stop, and stops all in order. */
final class ServerProcess {

  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  /** A node without its client and HTTP ports. */
  record StartedNode(DataPath dataPath, NodeView view, Runnable close) {}

  /** How the node is started. */
  @FunctionalInterface
  interface NodeStarter {
    StartedNode start(ServerOptions options, InstantSource clock, BoundPorts ports)
        throws IOException;
  }

  private final ServerOptions options;
  private final InstantSource clock;
  private final NodeStarter starter;
  private final PrintStream complaints;
  private final CountDownLatch stop = new CountDownLatch(1);

  /**
   * @param complaints gets the one line on why a start failed
   */
  ServerProcess(
      ServerOptions options, InstantSource clock, NodeStarter starter, PrintStream complaints) {
    this.options = options;
    this.clock = clock;
    this.starter = starter;
    this.complaints = complaints;
  }

  /** Makes {@link #run} return; any thread, any number of times. */
  void requestStop() {
    stop.countDown();
  }

  /** Serves until told to stop; answers the exit code. */
  int run() {
    try {
      Endpoints endpoints = endpoints();
      Ports ports = new Ports(options, endpoints, clock, this::requestStop);
      try {
        serve(endpoints, ports);
      } finally {
        ports.close();
      }
      LOG.info("stopped");
      return 0;
    } catch (ConfigException e) {
      complaints.println(e.getMessage());
      return USAGE;
    } catch (DataDirectoryException | IOException e) {
      complaints.println(e.getMessage());
      LOG.debug("start failed", e);
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    } catch (RuntimeException e) {
      LOG.error("the node failed", e);
      return FAILED;
    }
  }

  private Endpoints endpoints() {
    @Nullable Identity identity = DataDirectory.peek(options.node().dir());
    return options.endpoints(Optional.ofNullable(identity).map(Identity::self));
  }

  /** The ports are taken while the data is opened; a fault of the data is told first. */
  private void serve(Endpoints endpoints, Ports ports) throws IOException, InterruptedException {
    ports.bindInBackground();
    StartedNode node = starter.start(options, clock, ports::bound);
    PortsFile file = new PortsFile(options.node().dir());
    try {
      NetServer clients = ports.clients();
      HttpConsole console = ports.console();
      clients.start(endpoints, node.dataPath(), node.view());
      console.show(node.view());
      file.write(clients.port(), clients.clusterPort(), node.view().peerPort(), console.port());
      LOG.info(
          "ready: node {}, clients {}:{}, cluster clients {}, peers {}, http {}, data {}",
          node.view().id(),
          endpoints.host(),
          clients.port(),
          clients.clusterPort(),
          node.view().peerPort(),
          console.port(),
          options.node().dir());
      if (options.process().stopWhenStdinCloses()) {
        stopAtEndOf(System.in);
      }
      stop.await();
      LOG.info("stopping");
      console.hide();
      clients.stop(options.process().stopTimeout());
    } finally {
      file.delete();
      node.close().run();
    }
  }

  private void stopAtEndOf(InputStream input) {
    Thread reader =
        new Thread(
            () -> {
              try {
                while (input.read() >= 0) {
                  // only the end matters
                }
              } catch (IOException e) {
                LOG.debug("standard input failed: it has ended", e);
              }
              requestStop();
            },
            "stdin");
    reader.setDaemon(true);
    reader.start();
  }
}
