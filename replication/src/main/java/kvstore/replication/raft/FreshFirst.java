package kvstore.replication.raft;

import java.util.Map;
import kvstore.replication.transport.CandidacyGate;
import kvstore.replication.transport.RaftEndpoint;

/**
 * Leaves an election to others for a while if this replica has much to apply, as one that was just
 * restarted has: as leader it would serve nobody before all of it is applied. It stands after three
 * election timeouts of silence all the same, and has applied meanwhile.
 */
final class FreshFirst implements CandidacyGate {

  /** Some 50 ms of work at worst; a replica that keeps up has a handful. */
  private static final int MUCH = 256;

  private static final int PATIENCE_TIMEOUTS = 3;

  private final Map<String, JRaftReplicatedLog> logs;
  private final RaftEndpoint endpoint;
  private final long patienceNanos;

  FreshFirst(
      Map<String, JRaftReplicatedLog> logs, RaftEndpoint endpoint, long electionTimeoutNanos) {
    this.logs = logs;
    this.endpoint = endpoint;
    patienceNanos = electionTimeoutNanos * PATIENCE_TIMEOUTS;
  }

  @Override
  public boolean mayStand(String group) {
    NodeInternals node = ApplyBacklog.internals(logs.get(group));
    return node == null
        || toApply(node) <= MUCH
        || System.nanoTime() - endpoint.traffic(group).leaderNanos() >= patienceNanos;
  }

  /** Of what is known to be committed. */
  private static long toApply(NodeInternals node) {
    return node.committedIndex() - node.appliedIndex();
  }
}
