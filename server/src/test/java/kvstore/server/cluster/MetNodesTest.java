package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetNodesTest {

  private static final NodeId N1 = new NodeId("n1");
  private static final NodeId N2 = new NodeId("n2");

  @TempDir Path folder;

  private MetNodes open() {
    return MetNodes.open(folder.resolve("lives.properties"), N1);
  }

  @Test
  void aDirectoryKeepsItsLifeAndAnotherHasAnother() {
    byte[] life = open().life();
    assertThat(open().life()).isEqualTo(life);
    assertThat(MetNodes.open(folder.resolve("other"), N1).life()).isNotEqualTo(life);
  }

  @Test
  void aNodeIsKnownInTheLifeInWhichItWasMet() {
    assertThat(open().objection(N2, new byte[16])).isNull();
    assertThat(open().objection(N2, new byte[16])).isNull();
    byte[] other = new byte[16];
    other[0] = 1;
    assertThat(open().objection(N2, other)).contains("n2").contains("another data directory");
    assertThat(open().objection(new NodeId("n3"), other)).isNull();
  }

  @Test
  void someoneElseUnderOurOwnNameIsRefused() {
    assertThat(open().objection(N1, new byte[16])).isNotNull();
  }

  @Test
  void aFileThatCannotBeReadStopsTheStart() throws IOException {
    Files.writeString(folder.resolve("lives.properties"), "n1=not hexadecimal");
    assertThatThrownBy(this::open).isInstanceOf(DataDirectoryException.class);
  }
}
