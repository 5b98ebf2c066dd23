package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.shard.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeparturesTest {

  @TempDir private Path folder;
  private final Groups groups = new Groups();

  /** Only forgets, or dies while it does. */
  private static final class Groups implements Replicas.Opener {
    final List<Integer> forgotten = new ArrayList<>();
    boolean dies;

    @Override
    public void forget(int number) throws IOException {
      if (dies) {
        throw new IOException("killed");
      }
      forgotten.add(number);
    }

    @Override
    public boolean holds(int number) {
      return false;
    }

    @Override
    public Shard open(int number, Set<NodeId> voters, Set<NodeId> learners) {
      throw new AssertionError("expected nothing to be opened");
    }

    @Override
    public AutoCloseable openDirectory(Set<NodeId> voters, Set<NodeId> learners) {
      throw new AssertionError("expected nothing to be opened");
    }

    @Override
    public void keep(ClusterState state) {}

    @Override
    public boolean isExpected(int number) {
      return false;
    }

    @Override
    public void opened(int number) {}
  }

  private DataDirectory directory() {
    return DataDirectory.open(folder);
  }

  @Test
  void whatACrashLeavesOfAReplicaIsDeletedAtTheNextStartAndNeverOpened() throws IOException {
    try (DataDirectory directory = directory()) {
      Files.createDirectories(directory.shard(3));
      Files.writeString(directory.shard(3).resolve("data"), "data");
      groups.dies = true;
      assertThatThrownBy(() -> new Departures(directory, groups).depart(3))
          .isInstanceOf(IOException.class);
      assertThat(directory.storedShards()).isEmpty();
      assertThat(directory.leavingShards()).containsExactly(3);
    }
    groups.dies = false;
    try (DataDirectory directory = directory()) {
      new Departures(directory, groups).finish();
      assertThat(groups.forgotten).containsExactly(3);
      assertThat(directory.leavingShards()).isEmpty();
      assertThat(directory.shards()).isEmptyDirectory();
    }
  }

  @Test
  void theDirectorysReplicaHasNoFolderAndIsForgottenAllTheSame() throws IOException {
    try (DataDirectory directory = directory()) {
      new Departures(directory, groups).depart(0);
      assertThat(groups.forgotten).containsExactly(0);
      assertThat(directory.leavingShards()).isEmpty();
    }
  }
}
