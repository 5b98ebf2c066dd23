package kvstore.replication.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryThreadsTest {

  private static final int WRITES = 50;

  @TempDir Path dir;

  /** By the names of the library's classes and threads, which another version of it may change. */
  @Test
  void sendingIsBegunByTheThreadThatPutTheEntryInTheLog() throws Exception {
    long before = LibraryThreads.toldInPlace();
    try (TestCluster cluster = TestCluster.of(dir, 3)) {
      cluster.awaitLeader();
      for (int i = 0; i < WRITES; i++) {
        cluster.write("x" + i);
      }
    }
    assertThat(LibraryThreads.toldInPlace() - before).isGreaterThan(WRITES);
  }
}
