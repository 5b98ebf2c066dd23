package kvstore.server.balance;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryException;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.ReplicaEntry;
import kvstore.server.directory.Settings;
import kvstore.server.directory.ShardEntry;
import kvstore.server.directory.Transition;
import org.jspecify.annotations.Nullable;

/**
 * Groups with the rules of Raft and nothing else: a change of members goes through only with a
 * majority of the old and of the new members, an action may take effect late, or not at all.
 */
final class SimulatedCluster {

  /** A group as it really is. */
  static final class Group {
    final Set<NodeId> voters = new TreeSet<>();
    final Set<NodeId> learners = new TreeSet<>();
    @Nullable NodeId leader;
    long term;
    long latest;
    int first;
    int last;
  }

  private static final int LAST_SLOT = 16_383;

  /** What every replica says it holds. */
  static final long BYTES = 100;

  /** An action on its way, with its place among all changes ever asked for. */
  record Sent(Action action, long order) {}

  final SplittableRandom random;
  private final boolean zones;
  private long orders;
  final Map<Integer, Group> groups = new TreeMap<>();
  final Set<NodeId> up = new TreeSet<>();
  final Deque<Sent> late = new ArrayDeque<>();
  ClusterState state;
  long nowMs = 1;
  private long index;

  SimulatedCluster(SplittableRandom random, int shardsPerNode, long spreadMinBytes, boolean zones)
      throws DirectoryException {
    this.random = random;
    this.zones = zones;
    NodeEntry first = node(1);
    List<ReplicaEntry> alone = List.of(new ReplicaEntry(first.id(), ReplicaEntry.Role.VOTER));
    Settings settings =
        new Settings(3, shardsPerNode, spreadMinBytes, 4L << 30, 0, 10_000, 128L << 20, true);
    state =
        Transition.apply(
            Transition.EMPTY,
            new DirectoryCommand.Found(
                "c",
                settings,
                List.of(first),
                List.of(ShardEntry.directory(alone), new ShardEntry(1, 0, LAST_SLOT, alone, null))),
            ++index);
    up.add(first.id());
    groups.put(0, group(alone, -1, -1));
    groups.put(1, group(alone, 0, LAST_SLOT));
  }

  private NodeEntry node(int number) {
    String zone = zones ? "z" + number % 3 : "";
    return new NodeEntry(
        new NodeId(String.format("n%02d", number)),
        "h",
        number,
        1_000 + number,
        2_000 + number,
        zone,
        NodeEntry.Status.ACTIVE,
        "0",
        0);
  }

  private static Group group(List<ReplicaEntry> members, int first, int last) {
    Group group = new Group();
    members.forEach(member -> group.voters.add(member.node()));
    group.first = first;
    group.last = last;
    group.term = 1;
    group.leader = group.voters.iterator().next();
    return group;
  }

  boolean decide(DirectoryCommand command) {
    try {
      state = Transition.apply(state, command, ++index);
      return true;
    } catch (DirectoryException e) {
      return false;
    }
  }

  void join(int number) {
    NodeEntry node = node(number);
    if (decide(new DirectoryCommand.AddNode(node))) {
      up.add(node.id());
    }
  }

  void kill(NodeId node) {
    up.remove(node);
    decide(new DirectoryCommand.MarkDown(node, nowMs));
  }

  void revive(NodeId node) {
    NodeEntry entry = state.node(node);
    if (entry != null && entry.status() != NodeEntry.Status.OUT) {
      up.add(node);
      decide(new DirectoryCommand.MarkUp(node));
    }
  }

  boolean hasMajority(Set<NodeId> voters) {
    Set<NodeId> live = new HashSet<>(voters);
    live.retainAll(up);
    return live.size() * 2 > voters.size();
  }

  /** Whether every group could lose this node and still serve. */
  boolean canSpare(NodeId node) {
    for (Group group : groups.values()) {
      Set<NodeId> live = new HashSet<>(group.voters);
      live.retainAll(up);
      live.remove(node);
      if (live.size() * 2 <= group.voters.size()) {
        return false;
      }
    }
    return true;
  }

  /** Groups without a living leader elect one if they can. */
  void elect() {
    for (Group group : groups.values()) {
      if (group.leader != null && up.contains(group.leader) && hasMajority(group.voters)) {
        continue;
      }
      group.leader = null;
      List<NodeId> live = new ArrayList<>(group.voters);
      live.retainAll(up);
      if (hasMajority(group.voters)) {
        group.leader = live.get(random.nextInt(live.size()));
        group.term++;
      }
    }
  }

  Situation situation() {
    List<NodeReport> reports = new ArrayList<>();
    for (NodeId node : up) {
      List<NodeReport.ReplicaReport> replicas = new ArrayList<>();
      groups.forEach((number, group) -> {
        boolean leads = node.equals(group.leader);
        if (leads || group.voters.contains(node) || group.learners.contains(node)) {
          replicas.add(
              new NodeReport.ReplicaReport(
                  number,
                  leads ? Leadership.Role.LEADER : Leadership.Role.FOLLOWER,
                  group.term,
                  group.leader,
                  1,
                  group.first,
                  group.last,
                  group.voters,
                  group.learners,
                  BYTES,
                  0));
        }
      });
      reports.add(new NodeReport(node, "0", state.version(), replicas));
    }
    return new Situation(state, reports, nowMs);
  }

  /** What an action does when it takes effect, now or much later. */
  void takeEffect(Sent sent) {
    Action action = sent.action();
    if (action instanceof Action.Decide decide) {
      decide(decide.command());
      return;
    }
    Group group = groups.get(action.shard());
    if (group == null || group.leader == null) {
      return;
    }
    if (action instanceof Action.ChangeMembers change) {
      change(group, change, sent.order());
    } else if (action instanceof Action.Release release) {
      if (change(group, release.members(), sent.order())) {
        decide(new DirectoryCommand.ForgetReplica(release.shard(), release.node()));
      }
    } else if (action instanceof Action.Transfer transfer
        && transfer.leader().equals(group.leader)
        && group.voters.contains(transfer.to())
        && up.contains(transfer.to())) {
      group.leader = transfer.to();
      group.term++;
    } else if (action instanceof Action.Split split && split.leader().equals(group.leader)) {
      split(group, split);
    }
  }

  private boolean change(Group group, Action.ChangeMembers change, long order) {
    boolean taken =
        change.leader().equals(group.leader)
            && change.term() == group.term
            && order >= group.latest
            && hasMajority(group.voters)
            && hasMajority(change.voters())
            && members(change.voters(), change.learners(), group);
    if (!taken) {
      return false;
    }
    group.latest = order;
    group.voters.clear();
    group.voters.addAll(change.voters());
    group.learners.clear();
    group.learners.addAll(change.learners());
    if (!group.voters.contains(group.leader)) {
      group.leader = null;
    }
    return true;
  }

  /** A node that is not there cannot catch up, so it cannot become a member. */
  private boolean members(Set<NodeId> voters, Set<NodeId> learners, Group group) {
    for (NodeId voter : voters) {
      if (!group.voters.contains(voter) && !up.contains(voter)) {
        return false;
      }
    }
    return !voters.isEmpty() && learners.stream().noneMatch(voters::contains);
  }

  /** What is asked for must leave a majority alive, as far as could be known. */
  Sent send(Action action) {
    if (action instanceof Action.ChangeMembers change && !hasMajority(change.voters())) {
      throw new AssertionError(change + " leaves too few of " + up);
    }
    return new Sent(action, ++orders);
  }

  private void split(Group parent, Action.Split split) {
    if (groups.containsKey(split.child()) || split.atSlot() > parent.last) {
      return;
    }
    Group child = new Group();
    child.voters.addAll(parent.voters);
    child.learners.addAll(parent.learners);
    child.leader = parent.leader;
    child.term = parent.term + 1;
    child.first = split.atSlot();
    child.last = parent.last;
    parent.last = split.atSlot() - 1;
    groups.put(split.child(), child);
  }
}
