package kvstore.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a replicated log drives. All methods are called by one thread at a time, the group's apply
 * thread, in log order; {@link #failed} and {@link #prepareSnapshot} alone come from any thread.
 */
public interface StateMachine {

  /** A run of committed entries in log order; valid only during {@link #apply}. */
  interface Entries {
    /** Moves to the next entry; false at the end. */
    boolean next();

    long index();

    long term();

    /** Read-only view of the entry's bytes; not to be kept. */
    ByteBuffer payload();

    /** The local proposal if this replica proposed the entry, else null. */
    @Nullable Proposal proposal();
  }

  /**
   * Applies the entries, whose effects and last index become visible atomically per call. Entries
   * at or below {@link #appliedIndex} are never handed over.
   *
   * @throws IOException if storage failed: the replica stops, and pending proposals fail
   */
  void apply(Entries entries) throws IOException;

  /** Index of the last entry applied, as durable state knows it at start; 0 if none. */
  long appliedIndex();

  /** Term of the entry at {@link #appliedIndex}. */
  long appliedTerm();

  /**
   * A snapshot is about to be taken: does beforehand what {@link #saveSnapshot} can do without,
   * since no entry is applied meanwhile. Entries may be applied during this.
   */
  default void prepareSnapshot() throws IOException {}

  /**
   * Writes a checkpoint of the state as of {@link #appliedIndex} into an empty directory, durable
   * on return.
   */
  void saveSnapshot(Path directory) throws IOException;

  /** Replaces the state by a checkpoint. */
  void loadSnapshot(Path directory) throws IOException;

  /** What was found when the state was opened, if it is damaged: it must be rebuilt first. */
  default @Nullable DamagedStateException damage() {
    return null;
  }

  /**
   * Replaces a state that is damaged, after {@link DamagedStateException} or {@link
   * ReplicatedLog#stateDamaged}, by a checkpoint, or by an empty state. The log applies again what
   * came after it. The new state is checked as a whole first, and the damaged one is kept aside.
   *
   * @param checkpoint null for an empty state
   * @throws DamagedStateException if the checkpoint is damaged too; nothing has changed then
   */
  default void rebuild(@Nullable Path checkpoint) throws IOException {
    throw new IOException("expected a state that can be rebuilt, but this one is in memory only");
  }

  /** This replica leads from now on, and has applied every entry of earlier terms. */
  void leadershipGained(long term);

  /** This replica leads no longer. */
  void leadershipLost();

  /** The leader known has changed, here or elsewhere; see {@link ReplicatedLog#leadership}. */
  void leadershipChanged(Leadership leadership);

  /** The replica has stopped because of an error; it votes and applies no more until restarted. */
  void failed(Throwable cause);
}
