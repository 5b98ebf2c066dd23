package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

  private static final ClusterMember N1 = member("n1", 7379);
  private static final ClusterMember N2 = member("n2", 7380);
  private static final ClusterMember N3 = member("n3", 7381);
  private static final List<ClusterMember> ONE = List.of();
  private static final List<ClusterMember> THREE = List.of(N1, N2, N3);

  @TempDir Path dir;

  @Test
  void anUnusedDirectoryIsClaimedAndKeepsItsIdentity() {
    Identity first;
    try (DataDirectory data = DataDirectory.open(dir)) {
      first = data.claim(Identity.create(N1, 3, ONE));
    }
    try (DataDirectory data = DataDirectory.open(dir)) {
      assertThat(data.claim(Identity.create(N1, 3, ONE))).isEqualTo(first);
    }
    assertThat(DataDirectory.peek(dir)).isEqualTo(first);
  }

  @Test
  void allNodesOfAnInitialClusterComeToTheSameClusterId() {
    assertThat(Identity.create(N2, 3, List.of(N3, N1, N2)).clusterId())
        .isEqualTo(Identity.create(N1, 3, THREE).clusterId());
  }

  @Test
  void aDirectoryInUseIsRefused() {
    try (DataDirectory held = DataDirectory.open(dir)) {
      assertThat(held.raft()).isEqualTo(dir.resolve("raft"));
      assertThatThrownBy(() -> DataDirectory.open(dir))
          .isInstanceOf(DataDirectoryException.class)
          .hasMessageContaining("in use by a running node")
          .hasMessageContaining("" + ProcessHandle.current().pid());
    }
  }

  @Test
  void anotherNodeIdIsRefused() {
    try (DataDirectory data = DataDirectory.open(dir)) {
      data.claim(Identity.create(N1, 3, THREE));
      assertThatThrownBy(() -> data.claim(Identity.create(N2, 3, THREE)))
          .hasMessageContaining("belongs to node id 'n1', not 'n2'");
    }
  }

  @Test
  void anotherClusterIsRefused() {
    try (DataDirectory data = DataDirectory.open(dir)) {
      data.claim(Identity.create(N1, 3, THREE));
      assertThatThrownBy(() -> data.claim(Identity.create(N1, 3, ONE)))
          .hasMessageContaining("belongs to another cluster");
    }
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    Files.writeString(dir.resolve("node.properties"), "format=2\nnode-id=n1\n");
    assertThatThrownBy(() -> DataDirectory.peek(dir))
        .hasMessageContaining("has format 2")
        .hasMessageContaining("newer release");
  }

  @Test
  void dataWithoutIdentityIsRefused() throws IOException {
    Files.createDirectories(dir.resolve("raft"));
    try (DataDirectory data = DataDirectory.open(dir)) {
      assertThatThrownBy(() -> data.claim(Identity.create(N1, 3, ONE)))
          .hasMessageContaining("holds data but no node.properties");
    }
  }

  private static ClusterMember member(String id, int port) {
    return new ClusterMember(new NodeId(id), "127.0.0.1", port, port + 10_000);
  }
}
