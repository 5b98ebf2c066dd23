package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole node on a small file system of its own, in a mount namespace that ends with the node. The
 * test reaches into it through /proc and takes all the room there is.
 */
class DiskFullTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int VALUE_BYTES = 4_000;
  private static final int MOST_WRITES = 20_000;

  @TempDir Path folder;
  private final Map<String, String> acknowledged = new HashMap<>();
  private final Map<String, Integer> errors = new TreeMap<>();

  @Test
  void aNodeWhoseDiskIsFullRefusesAndWritesAgainWhenThereIsRoom(TestReporter reporter)
      throws Exception {
    assumeTrue(mayMount(), "needs root: a file system is mounted in a namespace of its own");
    Path disk = Files.createDirectories(folder.resolve("disk"));
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePorts.nextWithClusterPort());
    try (Child node = Child.start(command(disk, address.getPort()), folder, folder.resolve("log"));
        RespClient client = connect(address, node)) {
      for (int i = 0; i < 200; i++) {
        write(client, "before" + i);
      }
      assertThat(errors).as(node.tail()).isEmpty();
      Path filler = Path.of("/proc/" + node.pid() + "/root" + disk).resolve("filler");
      fill(filler);
      for (int i = 0; errors.isEmpty() && i < MOST_WRITES; i++) {
        write(client, "full" + i);
      }
      assertThat(errors.keySet()).as(node.tail()).isNotEmpty().isSubsetOf("NOSPACE", "UNKNOWN");
      long roomAgain = System.nanoTime();
      Files.delete(filler);
      await()
          .atMost(PATIENCE)
          .until(() -> client.call("SET", "again", "1").equals(new Reply.Simple("OK")));
      Duration took = Duration.ofNanos(System.nanoTime() - roomAgain);
      reporter.publishEntry("from room on the disk to the next write", took.toString());
      System.out.println("client saw " + errors + "; from room to the next write: " + took);
      for (Map.Entry<String, String> each : acknowledged.entrySet()) {
        assertThat(client.ask("GET", each.getKey())).isEqualTo(each.getValue());
      }
    }
  }

  private static boolean mayMount() throws IOException, InterruptedException {
    try {
      return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }

  private List<String> command(Path disk, int port) {
    List<String> all = new ArrayList<>(List.of("unshare", "-m", "sh", "-c"));
    all.add("mount -t tmpfs -o size=64m tmpfs " + disk + " && exec \"$@\"");
    all.add("sh");
    all.addAll(
        ServerCommand.of(
            List.of(
                "--dir", disk.resolve("data").toString(),
                "--port", "" + port,
                "--peer-port", "" + FreePorts.next(),
                "--http-port", "" + FreePorts.next(),
                "--request-deadline", "2s")));
    return all;
  }

  private static RespClient connect(InetSocketAddress address, Child node) throws IOException {
    Readiness.awaitPong(address, node);
    Readiness.awaitData(address, node);
    return new RespClient(address, PATIENCE);
  }

  private void write(RespClient client, String key) throws IOException {
    String value = key + "x".repeat(VALUE_BYTES);
    Reply reply = client.call("SET", key, value);
    if (reply instanceof Reply.Failure failure) {
      errors.merge(failure.message().split(" ", 2)[0], 1, Integer::sum);
    } else {
      acknowledged.put(key, value);
    }
  }

  private static void fill(Path filler) throws IOException {
    byte[] block = new byte[4_096];
    try {
      while (true) {
        Files.write(filler, block, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }
}
