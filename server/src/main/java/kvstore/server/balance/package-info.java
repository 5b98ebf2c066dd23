/**
 * Where replicas and leaders go: decided and carried out by the directory's leader.
 *
 * <pre>
 * Situation    what is wanted (the directory) and what is (the nodes' reports), at one moment
 * Planner      changes what is wanted, one step at a time; pure
 * Placement    where the replicas of one shard should be; pure
 * Reconciler   what to do so that what is becomes what is wanted; pure, repeatable at any time
 * Balancer     carries both out while this node leads the directory
 * ShardActions changes of members, hand-overs and splits, at the shard's leader wherever it is
 * </pre>
 */
@NullMarked
package kvstore.server.balance;

import org.jspecify.annotations.NullMarked;
