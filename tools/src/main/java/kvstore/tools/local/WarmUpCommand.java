package kvstore.tools.local;

import java.io.IOException;
import java.util.concurrent.Callable;
import kvstore.tools.shell.Connector;
import kvstore.tools.shell.Rehearsal;
import kvstore.tools.shell.ShellCommand;
import picocli.CommandLine.Command;

/**
 * {@code kv_store warm-up}: the launcher runs it once after a build, so that Java can note which
 * classes a node and the shell load.
 */
@Command(name = "warm-up", hidden = true, description = "Used by the launcher after a build.")
public final class WarmUpCommand implements Callable<Integer> {

  @Override
  public Integer call() throws IOException {
    try (LocalCluster cluster = LocalCluster.temporary(1)) {
      Connector connector =
          () -> {
            cluster.awaitReady(null);
            return ShellCommand.to(cluster.endpoints().get(0), null).connect();
          };
      Rehearsal.play(connector);
      return 0;
    }
  }
}
