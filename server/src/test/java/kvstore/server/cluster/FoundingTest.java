package kvstore.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import org.junit.jupiter.api.Test;

class FoundingTest {

  /** Something may stand between: a proxy, a mapped port. */
  @Test
  void everyFounderTellsTheSamePeerPortsWhateverItListensOn() {
    List<ClusterMember> members =
        ClusterMember.parseList("n1=127.0.0.1:1001@2001,n2=127.0.0.1:1002@2002");
    ClusterMember bound = new ClusterMember(new NodeId("n1"), "127.0.0.1", 1001, 3001);
    NodeEntry self =
        new NodeEntry(
            bound.id(), "127.0.0.1", 1001, 6001, 3001, "", NodeEntry.Status.ACTIVE, "0.1.0", 0);
    ClusterState state = Founding.assumedBy(Identity.create(bound, 3, members), self, 5_000);
    assertThat(state.nodes()).extracting(NodeEntry::peerPort).containsExactly(2001, 2002);
  }
}
