package kvstore.server.shard;

import java.util.function.LongSupplier;
import kvstore.engine.command.Outcome;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.KeyspaceSnapshot;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.replication.DamagedStateException;
import kvstore.replication.ReplicatedLog;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers reads from what this replica has applied.
 *
 * <p>Why a leader's read is linearizable: a write is acknowledged only after it was applied here,
 * and a replica leads only once it has applied all of earlier terms, so the state read holds every
 * acknowledged write, provided that no other leader had been elected by the time of the read. That
 * is proven <em>after</em> the read, by the lease or by a majority: a pause of any length between
 * proof and read could otherwise let a stale value out. (Ongaro, Consensus: Bridging Theory and
 * Practice, 2014, section 6.4.)
 *
 * <p>Any thread may call any method. A read that memory can answer is answered on the calling
 * thread; one that needs the disk ({@link ReadPlace}), or is long by nature, moves to the I/O pool,
 * with a snapshot taken now, so that no later write of the same connection shows in it.
 */
final class ReadPath {

  private static final Logger LOG = LoggerFactory.getLogger(ReadPath.class);

  private final ReplicatedLog log;
  private final ShardStore store;
  private final LongSupplier now;
  private final DiskReads io;
  private final ReadPlace place;
  private final LongSupplier nanoTime;
  private final Admission admission;

  /**
   * @param now time in ms for expiry, never behind the leader time of what was applied
   */
  ReadPath(ReplicatedLog log, ShardStore store, LongSupplier now, Shard.Surroundings surroundings) {
    this.log = log;
    this.store = store;
    this.now = now;
    io = new DiskReads(surroundings.io());
    place = surroundings.place();
    nanoTime = surroundings.nanoTime();
    admission = surroundings.admission();
  }

  /** Told of a read that was made, but could not be proven before leadership was lost. */
  interface Doubt {
    /**
     * @param mark as given with the read
     */
    void unproven(ShardCommand read, Outcome outcome, long term, long mark);
  }

  /**
   * Reads as the leader of {@code term}.
   *
   * @param mark number of the newest entry that was proposed before the read came
   */
  void read(ShardCommand read, long term, long mark, Doubt doubt) {
    start(read, outcome -> confirm(read, outcome, term, mark, doubt));
  }

  /** Reads what is here, however old. */
  void readStale(ShardCommand read) {
    start(read, read::done);
  }

  /** Lets a read's outcome out if this replica still led in {@code term} when it was read. */
  void confirm(ShardCommand read, Outcome outcome, long term, long mark, Doubt doubt) {
    if (read.mode() != ReadMode.QUORUM && log.leaseHolds(term)) {
      read.done(outcome);
      return;
    }
    admission.hold(outcome);
    log.readBarrier(
        term,
        new ReplicatedLog.Barrier() {
          @Override
          public void reached() {
            read.done(outcome);
            admission.letGo(outcome);
          }

          @Override
          public void failed() {
            admission.letGo(outcome);
            doubt.unproven(read, outcome, term, mark);
          }
        });
  }

  private interface Then {
    void with(Outcome outcome);
  }

  private void start(ShardCommand read, Then then) {
    Keyspace keyspace = store.readable();
    if (keyspace == null) {
      read.failed(Unavailable.NOT_APPLIED); // being replaced, or damaged
      return;
    }
    try {
      boolean here = place.isHere() && readsOneKey(read) && admission.mayRead();
      long begun = here ? nanoTime.getAsLong() : 0;
      @Nullable Outcome outcome =
          keyspace.read(read.command(), now.getAsLong(), here ? ReadTier.DISK : ReadTier.MEMORY);
      if (here) {
        place.took(begun, nanoTime.getAsLong());
      }
      if (outcome != null) {
        keep(read, outcome, then);
        return;
      }
      KeyspaceSnapshot snapshot = keyspace.snapshot();
      io.add(
          read.command().operation().takesLong(),
          () -> readFromDisk(read, snapshot, then),
          () -> {
            snapshot.close();
            read.failed(Unavailable.NOT_APPLIED);
          });
    } catch (StorageException e) {
      fail(read, e);
    }
  }

  private static boolean readsOneKey(ShardCommand read) {
    return !read.command().operation().readsSeveral();
  }

  /** On a thread of the I/O pool. */
  private void readFromDisk(ShardCommand read, KeyspaceSnapshot snapshot, Then then) {
    if (!admission.mayRead()) {
      snapshot.close();
      read.failed(Unavailable.OVERLOADED);
      return;
    }
    @Nullable Outcome outcome;
    long begun = nanoTime.getAsLong();
    try (snapshot) {
      outcome = snapshot.read(read.command(), now.getAsLong(), ReadTier.DISK);
      if (readsOneKey(read)) {
        place.took(begun, nanoTime.getAsLong());
      }
    } catch (StorageException e) {
      fail(read, e);
      return;
    }
    if (outcome == null) {
      throw new IllegalStateException("a read of every tier came back empty-handed");
    }
    keep(read, outcome, then);
  }

  private void keep(ShardCommand read, Outcome outcome, Then then) {
    if (admission.mayKeep(outcome)) {
      then.with(outcome);
    } else {
      read.failed(Unavailable.OVERLOADED);
    }
  }

  /** What was read is damaged: no other read comes after this one. Any thread. */
  void damaged(StorageException cause) {
    store.damaged();
    log.stateDamaged(new DamagedStateException(String.valueOf(cause.getMessage()), cause));
  }

  private void fail(ShardCommand read, StorageException cause) {
    if (cause.kind() == StorageException.Kind.CORRUPTION) {
      damaged(cause);
      read.failed(Unavailable.IO_ERROR);
    } else if (cause.kind() == StorageException.Kind.CLOSED) {
      read.failed(Unavailable.NOT_APPLIED);
    } else {
      LOG.error("A read failed in storage", cause);
      read.failed(Unavailable.IO_ERROR);
    }
  }
}
