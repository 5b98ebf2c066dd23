package kvstore.server.console;

import kvstore.replication.Leadership;

/**
 * One shard's replica on this node at one moment.
 *
 * @param name the shard's name in logs and metrics
 * @param firstSlot first hash slot it holds
 * @param lastSlot last hash slot it holds
 * @param leadership its role, its term, and the leader it knows
 * @param replicas voters and learners
 * @param keys about how many keys it holds
 * @param keysWithExpiry about how many of them expire
 */
public record ShardStatus(
    String name,
    int firstSlot,
    int lastSlot,
    Leadership leadership,
    Replicas replicas,
    Progress progress,
    long keys,
    long keysWithExpiry) {

  /** How many replicas the shard has. */
  public record Replicas(int voters, int learners) {}

  /**
   * How far the replica is.
   *
   * @param committedIndex the last log index known to be on a majority
   * @param appliedIndex the last log index whose effects are in the keyspace
   * @param waitingCommands commands accepted and not yet answered
   * @param waitingBytes their size
   */
  public record Progress(
      long committedIndex, long appliedIndex, int waitingCommands, long waitingBytes) {}

  /** Whether commands for this shard can be answered, here or at the leader. */
  public boolean isServing() {
    return leadership.leader() != null;
  }
}
