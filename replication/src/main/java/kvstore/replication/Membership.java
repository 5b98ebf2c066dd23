package kvstore.replication;

import java.util.Set;
import java.util.concurrent.CompletionStage;

/** A group's members and the ways to change them. Changes are made through the leader only. */
public interface Membership {

  Set<NodeId> voters();

  Set<NodeId> learners();

  /** Replaces voters and learners by joint consensus; resumable by asking again. */
  CompletionStage<Void> change(Set<NodeId> voters, Set<NodeId> learners);

  /** Hands leadership to {@code target}; ends exceptionally if it did not take over in time. */
  CompletionStage<Void> transferLeadership(NodeId target);
}
