package kvstore.replication;

import java.nio.ByteBuffer;

/**
 * One group's log on one node: opaque entries, agreed by a majority, handed in order to a {@link
 * StateMachine}. All methods may be called by any thread and never block on disk or network, save
 * {@link #close}.
 */
public interface ReplicatedLog extends AutoCloseable {

  /** Told when a read may be answered from the state machine. Called once, on any thread. */
  interface Barrier {
    /** The state machine has applied all that was committed when the barrier was asked for. */
    void reached();

    /** Leadership could not be confirmed; nothing may be answered. */
    void failed();
  }

  /** Name of the group, unique in the process's cluster. */
  String group();

  /** The newest leadership known. */
  Leadership leadership();

  /**
   * Appends an entry if this replica leads in {@code term}. The outcome reaches {@code proposal}.
   *
   * @param entry read from position to limit; not changed afterwards by the caller
   * @param term the term the caller saw itself lead in
   */
  void propose(ByteBuffer entry, long term, Proposal proposal);

  /**
   * Whether this replica's lease holds now: no other leader can have been elected, in any term, up
   * to this call. To be asked <em>after</em> a read of the state machine. Rests on clock rates that
   * drift less than the configured margin; never on wall-clock time.
   *
   * @param term the term the caller saw itself lead in
   */
  boolean leaseHolds(long term);

  /**
   * ReadIndex without any clock (Ongaro, Consensus: Bridging Theory and Practice, 2014, section
   * 6.4): confirms with a majority, by messages sent after this call, that this replica leads in
   * {@code term}. {@link Barrier#reached} is called only if the replica still led in that very term
   * once the majority had answered; otherwise {@link Barrier#failed}. So it may also be asked after
   * a read, to prove the read was not stale.
   *
   * @param term the term the caller saw itself lead in
   */
  void readBarrier(long term, Barrier barrier);

  /**
   * Stands for election now rather than at the election timeout, if this replica may vote and no
   * leader is known; keeps trying for a short time, until there is one. For a newborn group, of
   * which one replica is to lead at once.
   */
  void campaign();

  Membership membership();

  /** Asks for a snapshot soon, and drops the log it replaces. */
  void requestSnapshot();

  /**
   * A reader has found that what the state machine stored is damaged: this replica stops at once,
   * as if applying an entry had failed with it. A log without durable state has nothing to stop.
   */
  default void stateDamaged(DamagedStateException damage) {}

  /** Numbers for INFO and metrics. */
  Progress progress();

  /** Leaves the group in order: pending proposals fail, log and state machine are left durable. */
  @Override
  void close();

  /**
   * @param firstIndex first index held in the log
   * @param lastIndex last index in the log
   * @param committedIndex last index known committed
   * @param appliedIndex last index applied
   * @param snapshotIndex last index covered by a snapshot
   */
  record Progress(
      long firstIndex,
      long lastIndex,
      long committedIndex,
      long appliedIndex,
      long snapshotIndex) {}
}
