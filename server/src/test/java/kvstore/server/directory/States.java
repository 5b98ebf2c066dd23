package kvstore.server.directory;

import java.util.ArrayList;
import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.directory.NodeEntry.Status;
import kvstore.server.directory.ReplicaEntry.Role;

/** States and their parts, for tests. */
final class States {

  private States() {}

  static NodeId id(int number) {
    return new NodeId("n" + number);
  }

  static NodeEntry node(int number) {
    return new NodeEntry(
        id(number), "h" + number, 7000, 12000, 17000, "", Status.ACTIVE, "0.1.0", 0);
  }

  static ReplicaEntry voter(int node) {
    return new ReplicaEntry(id(node), Role.VOTER);
  }

  static ReplicaEntry leaving(int node) {
    return new ReplicaEntry(id(node), Role.LEAVING);
  }

  static ReplicaEntry learner(int node) {
    return new ReplicaEntry(id(node), Role.LEARNER);
  }

  /** Nodes n1 to n{@code nodes}; the directory and one shard on the first three of them. */
  static DirectoryCommand.Found founding(int nodes) {
    List<NodeEntry> entries = new ArrayList<>();
    List<ReplicaEntry> voters = new ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      entries.add(node(i));
      if (i <= 3) {
        voters.add(voter(i));
      }
    }
    return new DirectoryCommand.Found(
        "c1",
        Settings.DEFAULT,
        entries,
        List.of(ShardEntry.directory(voters), new ShardEntry(1, 0, 16_383, voters, null)));
  }

  static ClusterState founded(int nodes) throws DirectoryException {
    return Transition.apply(Transition.EMPTY, founding(nodes), 1);
  }
}
