package kvstore.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import org.junit.jupiter.api.Test;

class StateJsonTest {

  private static final NodeId N1 = new NodeId("n1");
  private static final NodeId N2 = new NodeId("n2");

  private static ClusterState state() {
    return new ClusterState(
        9,
        "c1",
        Settings.DEFAULT,
        List.of(node(N1, 7379), node(N2, 7380)),
        List.of(
            ShardEntry.directory(List.of(new ReplicaEntry(N1, ReplicaEntry.Role.VOTER))),
            new ShardEntry(
                1,
                0,
                16_383,
                List.of(
                    new ReplicaEntry(N1, ReplicaEntry.Role.VOTER),
                    new ReplicaEntry(N2, ReplicaEntry.Role.LEARNER)),
                null)),
        2);
  }

  private static NodeEntry node(NodeId id, int port) {
    return new NodeEntry(
        id, "h", port, port + 1, port + 2, "", NodeEntry.Status.ACTIVE, "0.1.0", 0);
  }

  private static NodeReport leading(Set<NodeId> learners) {
    return new NodeReport(
        N1,
        "0.1.0",
        9,
        List.of(
            new NodeReport.ReplicaReport(
                1, Leadership.Role.LEADER, 4, N1, 50, 0, 16_383, Set.of(N1), learners, 700, 8)));
  }

  private static String json(NodeReport... reports) {
    return new StateJson(state(), List.of(reports))
        .write(
            new Leadership(Leadership.Role.LEADER, 2, N1),
            new BalancerStatus("", "", List.of(new BalancerStatus.Step(5, "said \"so\"", ""))));
  }

  @Test
  void aShardIsSettledWhenItsLeaderHasTheMembersWanted() {
    assertThat(json(leading(Set.of(N2))))
        .contains("\"leader\":\"n1\",\"term\":4,\"bytes\":700,\"opsPerSecond\":8,\"settled\":true")
        .contains("{\"node\":\"n2\",\"wanted\":\"learner\",\"actual\":\"learner\"");
    assertThat(json(leading(Set.of())))
        .contains("\"settled\":false")
        .contains("{\"node\":\"n2\",\"wanted\":\"learner\",\"actual\":\"none\"");
  }

  @Test
  void aShardOfWhichNobodyReportsHasNoLeader() {
    assertThat(json()).contains("\"leader\":\"\",\"term\":0").contains("\"settled\":false");
  }

  @Test
  void wordsAreQuoted() {
    assertThat(json()).contains("\"what\":\"said \\\"so\\\"\"");
  }
}
