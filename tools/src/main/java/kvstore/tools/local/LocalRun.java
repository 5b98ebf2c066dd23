package kvstore.tools.local;

import java.io.IOException;
import java.nio.file.Path;
import kvstore.tools.Credentials;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import kvstore.tools.shell.Connector;
import kvstore.tools.shell.OutputOptions;
import kvstore.tools.shell.Shell;
import kvstore.tools.shell.ShellCommand;
import org.jspecify.annotations.Nullable;

/** {@code kv_store} without a command: nodes of our own, and a shell in front of them. */
public final class LocalRun {

  private final int nodes;
  private final Path directory;
  private final Endpoint first;

  public LocalRun(int nodes, Path directory, Endpoint first) {
    this.nodes = nodes;
    this.directory = directory;
    this.first = first;
  }

  /** Runs the shell and stops the nodes; the exit code. */
  public int run(OutputOptions output, @Nullable Credentials credentials) throws IOException {
    try (LocalCluster cluster =
        StopOnSignal.start(() ->
            nodes == 1
                ? LocalCluster.single(directory, first, credentials)
                : LocalCluster.of(nodes, directory, first, credentials))) {
      if (!cluster.attachedTo().isEmpty()) {
        System.err.println(
            "kv_store: using what runs already on "
                + directory
                + ": "
                + String.join(", ", cluster.attachedTo())
                + "; it will run on");
      }
      Shell shell = new Shell(connector(cluster, credentials), "kv", output);
      return shell.run(greeting(cluster), prompt -> cluster.onUnexpectedExit(prompt::announce));
    }
  }

  private String greeting(LocalCluster cluster) {
    return (nodes == 1 ? "A node at " : nodes + " nodes from ")
        + cluster.endpoints().get(0)
        + ", data in "
        + directory
        + ". 'help' lists commands, 'quit' leaves.";
  }

  /** The first node that answers, once all of ours do or have been given up. */
  private static Connector connector(LocalCluster cluster, @Nullable Credentials credentials) {
    return () -> {
      IOException notReady = null;
      try {
        cluster.awaitReady(credentials);
      } catch (IOException e) {
        notReady = e;
      }
      for (Endpoint endpoint : cluster.endpoints()) {
        if (notReady != null && cluster.endpoints().size() == 1) {
          break;
        }
        try {
          RespConnection connection = ShellCommand.to(endpoint, credentials).connect();
          return connection;
        } catch (IOException e) {
          notReady = notReady == null ? e : notReady;
        }
      }
      throw notReady == null ? new IOException("no node answers") : notReady;
    };
  }
}
