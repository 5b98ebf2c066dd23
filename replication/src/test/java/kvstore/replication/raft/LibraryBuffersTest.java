package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.util.Utils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import kvstore.replication.transport.RaftEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryBuffersTest {

  @TempDir Path dir;

  /** Read in steps, a chunk of a snapshot costs the square of its size. */
  @Test
  void aHostReadsAChunkInOneStep() throws Exception {
    Process host =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Host.class.getName(),
                    dir.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(host.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(host.waitFor()).isZero();
    assertThat(said.lines().reduce("", (first, last) -> last))
        .isEqualTo("steps of " + RaftEndpoint.FILE_CHUNK_BYTES);
  }

  /** In a process of its own: the library looks the size up once, when it is first used. */
  static final class Host {

    private Host() {}

    public static void main(String[] args) throws Exception {
      try (TestCluster cluster = TestCluster.of(Path.of(args[0]), 1)) {
        cluster.write("a");
      }
      System.out.println("steps of " + Utils.RAFT_DATA_BUF_SIZE);
      System.exit(0);
    }
  }
}
