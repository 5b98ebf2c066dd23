package kvstore.testkit.simulation;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import kvstore.replication.NodeId;

/**
 * The members of a group.
 *
 * @param former the voters before the change under way, whose majority counts too; empty if there
 *     is none
 */
record Members(Set<NodeId> voters, Set<NodeId> learners, Set<NodeId> former) {

  Members {
    voters = new TreeSet<>(voters); // whose order is the same in every run
    learners = new TreeSet<>(learners);
    former = new TreeSet<>(former);
  }

  static Members of(Collection<NodeId> voters, Collection<NodeId> learners) {
    return new Members(new TreeSet<>(voters), new TreeSet<>(learners), Set.of());
  }

  boolean isJoint() {
    return !former.isEmpty();
  }

  boolean votes(NodeId node) {
    return voters.contains(node) || former.contains(node);
  }

  Set<NodeId> all() {
    Set<NodeId> all = new TreeSet<>(voters);
    all.addAll(learners);
    all.addAll(former);
    return all;
  }

  /** Whether those for which it holds are a majority, of both sets if there are two. */
  boolean majority(Predicate<NodeId> holds) {
    return isMajority(voters, holds) && (former.isEmpty() || isMajority(former, holds));
  }

  private static boolean isMajority(Set<NodeId> of, Predicate<NodeId> holds) {
    return of.stream().filter(holds).count() * 2 > of.size();
  }
}
