package kvstore.replication.raft;

import java.util.Collection;
import java.util.Map;
import kvstore.replication.transport.AppendGate;
import org.jspecify.annotations.Nullable;

/**
 * Lets entries in no faster than they are applied: the library keeps each in memory until then, for
 * each group, and a node that catches up with several groups has no room for all. Beyond its own
 * limit the library refuses what comes, and the leader then sends all it has under way once more;
 * here it waits instead.
 *
 * <p>Only what can be applied without new entries is waited for. Entries that are not committed yet
 * may need the next ones to be so (those of a former leader do: Raft, section 5.4.2).
 */
final class ApplyBacklog implements AppendGate {

  /** A group that holds less than this part of its own bound is not held up by others. */
  private static final int SMALL = 8;

  private final Map<String, JRaftReplicatedLog> logs;
  private final long groupBytes;
  private final long hostBytes;

  /**
   * @param logs of all groups of this node
   * @param groupBytes entries in memory above which a group waits
   * @param hostBytes the same for all groups together
   */
  ApplyBacklog(Map<String, JRaftReplicatedLog> logs, long groupBytes, long hostBytes) {
    this.logs = logs;
    this.groupBytes = groupBytes;
    this.hostBytes = hostBytes;
  }

  @Override
  public boolean isOpen(String group) {
    NodeInternals node = internals(logs.get(group));
    if (node == null) {
      return true;
    }
    long bytes = node.memoryLogBytes();
    return bytes <= groupBytes / SMALL
        || node.appliedIndex() >= node.committedIndex()
        || bytes <= groupBytes && total(logs.values()) <= hostBytes;
  }

  @Override
  public boolean isFree(String group, long term) {
    NodeInternals node = internals(logs.get(group));
    return node != null && node.isFree(term);
  }

  private static long total(Collection<JRaftReplicatedLog> logs) {
    long total = 0;
    for (JRaftReplicatedLog log : logs) {
      NodeInternals node = internals(log);
      total += node == null ? 0 : node.memoryLogBytes();
    }
    return total;
  }

  /** Of the replica as it is now; null between two lives. */
  static @Nullable NodeInternals internals(@Nullable JRaftReplicatedLog log) {
    RaftReplica replica = log == null ? null : log.replica();
    return replica == null ? null : replica.internals();
  }
}
