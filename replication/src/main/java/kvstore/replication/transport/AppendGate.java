package kvstore.replication.transport;

/**
 * Says whether a group takes entries in now. Those that have come wait, in order, and are not
 * answered meanwhile, so that their leader, which has a bounded number of them under way, waits
 * too. Votes, heartbeats and snapshots pass.
 *
 * <p>Asked on any thread, again every few milliseconds while it says no. It must not say no for
 * longer than the group makes headway without new entries.
 */
@FunctionalInterface
public interface AppendGate {

  /** Takes everything in. */
  AppendGate OPEN = group -> true;

  boolean isOpen(String group);

  /**
   * Whether a message of {@code term} would be handled at once now: nobody has the library's lock
   * of the group, behind which a vote may be waiting for the disk, and the term is no news, which
   * would have to be stored. Asked on event loops, where it says no if in doubt.
   */
  default boolean isFree(String group, long term) {
    return true;
  }
}
