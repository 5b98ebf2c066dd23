package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kvstore.engine.command.BatchReader;
import kvstore.engine.command.Command;
import kvstore.engine.command.MalformedEntryException;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.WriteSession;
import kvstore.engine.storage.StorageException;
import kvstore.replication.DamagedStateException;
import kvstore.replication.Leadership;
import kvstore.replication.StateMachine;
import kvstore.server.burst.Burst;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies a shard's log to its keyspace. One storage write per call of {@link #apply}, however many
 * entries it brings (unless they are huge); replies leave after it. All state is owned by the
 * group's apply thread.
 */
final class ShardStateMachine implements StateMachine {

  /** What the rest of the shard wants to hear of; called on the apply thread, must not block. */
  interface Listener {
    void leadershipChanged();

    void leadershipGained(long term);

    void leadershipLost();

    void failed(Throwable cause);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ShardStateMachine.class);

  /** New values held back in a session at most; few entries come near. */
  private static final long SESSION_BYTES = 32L << 20;

  private final int shard;
  private final ShardStore store;
  private final LeaderClock clock;
  private final Births births;
  private final Recollection recollection;
  private volatile @Nullable Listener listener;
  private volatile @Nullable Batcher batcher;

  private boolean leads;

  ShardStateMachine(
      int shard, ShardStore store, LeaderClock clock, Births births, Recollection recollection) {
    this.shard = shard;
    this.store = store;
    this.clock = clock;
    this.births = births;
    this.recollection = recollection;
    recollection.restart(appliedIndex());
  }

  /** Connects the rest of the shard, which is made after the log that drives this. */
  void connect(Batcher proposals, Listener told) {
    this.batcher = proposals;
    this.listener = told;
  }

  @Override
  public void apply(Entries entries) throws IOException {
    Batcher proposals = batcher;
    List<Batch> own = new ArrayList<>();
    long term = 0;
    boolean committed = false;
    try (WriteSession session = store.owned().begin()) {
      while (entries.next()) {
        term = entries.term();
        Batch batch =
            proposals == null ? null : proposals.claim(entries.proposal(), term, entries.payload());
        if (SplitOrder.isIn(entries.payload())) {
          List<Batch> before = List.copyOf(own);
          if (batch != null) {
            own.add(batch); // whatever fails from here on, it is given up with the others
          }
          session.commit();
          before.forEach(Batch::committed);
          own.removeAll(before);
          split(entries, batch, session);
          continue;
        }
        if (batch != null) {
          own.add(batch);
        }
        apply(entries, batch, session);
        if (session.pendingBytes() > SESSION_BYTES) {
          session.commit();
        }
      }
      session.commit();
      committed = true;
    } catch (StorageException e) {
      throw checked(e);
    } catch (MalformedEntryException e) {
      throw new IOException("a committed entry cannot be read; this replica must not go on", e);
    } finally {
      end(own, committed);
    }
    if (proposals != null) {
      proposals.overtake(term);
    }
  }

  /** Whoever waits for answers, or for room in flight, is woken once for all of them. */
  private static void end(List<Batch> own, boolean committed) {
    boolean begun = Burst.begin();
    try {
      own.forEach(committed ? Batch::committed : Batch::giveUp);
    } finally {
      if (begun) {
        Burst.end();
      }
    }
  }

  private void apply(Entries entries, @Nullable Batch batch, WriteSession session)
      throws IOException {
    BatchReader reader = new BatchReader(entries.payload());
    session.entry(entries.index(), entries.term(), reader.leaderTimeMs());
    clock.observe(reader.leaderTimeMs());
    long index = entries.index();
    if (batch != null) {
      batch.execute(session, (command, outcome) -> remember(command, index, outcome));
      return;
    }
    for (Command next = reader.next(); next != null; next = reader.next()) {
      remember(next, index, session.execute(next));
    }
  }

  private void remember(Command command, long index, Outcome outcome) {
    if (command.identity() != 0) {
      recollection.add(command.identity(), index, outcome);
    }
  }

  /** What was before it is committed; in the storage it is a commit of its own. */
  private void split(Entries entries, @Nullable Batch batch, WriteSession session)
      throws IOException {
    long start = System.nanoTime();
    SplitOrder.Stamped stamped = SplitOrder.decode(entries.payload());
    SplitOrder order = stamped.order();
    session.entry(entries.index(), entries.term(), stamped.leaderTimeMs());
    clock.observe(stamped.leaderTimeMs());
    Keyspace keyspace = store.owned();
    String refusal = refusal(order, keyspace);
    if (refusal != null) {
      LOG.warn("Shard {} is not split: {}", shard, refusal);
      if (batch != null) {
        batch.refused(refusal);
        batch.executeReads(session);
      }
      return;
    }
    Birth birth =
        new Birth(
            shard,
            order.child(),
            order.atSlot(),
            entries.index(),
            entries.term(),
            stamped.leaderTimeMs(),
            order.voters(),
            order.learners());
    births.seed(birth, keyspace);
    session.giveAway(order.atSlot(), order.child(), birth.encode());
    long paused = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    births.born(birth, keyspace, leads || batch != null);
    if (batch != null) {
      batch.executeReads(session);
    }
    LOG.info(
        "Split of shard {} at slot {} into {}: writes paused {} ms",
        shard,
        order.atSlot(),
        order.child(),
        paused);
  }

  /** Why the order cannot be followed, the same on every replica; null if it can. */
  static @Nullable String refusal(SplitOrder order, Keyspace keyspace) throws IOException {
    SlotRange range = keyspace.range();
    if (!range.holds(order.atSlot()) || order.atSlot() == range.first()) {
      return "expected a slot after the first one of "
          + range
          + " to split at, but got "
          + order.atSlot();
    }
    if (keyspace.births().containsKey(order.child())) {
      return "expected a number for the new shard that is not in use, but " + order.child() + " is";
    }
    return null;
  }

  /** Tells of the births that the state, just opened or replaced, knows of. */
  void tellBirths() throws IOException {
    if (store.unopened() != null) {
      return; // told once it is rebuilt
    }
    List<Birth> known = new ArrayList<>();
    for (byte[] birth : store.owned().births().values()) {
      known.add(Birth.decode(birth));
    }
    births.opened(shard, known);
  }

  @Override
  public long appliedIndex() {
    Keyspace keyspace = store.current();
    return keyspace == null ? 0 : keyspace.appliedIndex();
  }

  @Override
  public long appliedTerm() {
    Keyspace keyspace = store.current();
    return keyspace == null ? 0 : keyspace.appliedTerm();
  }

  /** What the checkpoint has to flush, with entries waiting for it, is then little. */
  @Override
  public void prepareSnapshot() throws IOException {
    Keyspace keyspace = store.current();
    if (keyspace == null) {
      return;
    }
    try {
      keyspace.flush();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.CLOSED) {
        throw e;
      }
    }
  }

  @Override
  public void saveSnapshot(Path directory) throws IOException {
    try {
      store.owned().checkpoint(directory);
    } catch (StorageException e) {
      throw checked(e);
    }
  }

  /** The failure as the log is to take it; if it is damage, nothing is read from here on. */
  private IOException checked(StorageException e) {
    if (e.kind() != StorageException.Kind.CORRUPTION) {
      return e;
    }
    store.damaged();
    return new DamagedStateException(String.valueOf(e.getMessage()), e);
  }

  @Override
  public void rebuild(@Nullable Path checkpoint) throws IOException {
    Batcher proposals = batcher;
    if (proposals != null) {
      proposals.giveUp();
    }
    try {
      store.rebuild(checkpoint);
    } catch (StorageException e) {
      throw checked(e);
    }
    recollection.restart(appliedIndex());
    tellBirths();
  }

  @Override
  public @Nullable DamagedStateException damage() {
    StorageException unopened = store.unopened();
    return unopened == null
        ? null
        : new DamagedStateException(String.valueOf(unopened.getMessage()), unopened);
  }

  @Override
  public void loadSnapshot(Path directory) throws IOException {
    Batcher proposals = batcher;
    if (proposals != null) {
      proposals.giveUp();
    }
    store.replace(directory);
    recollection.restart(appliedIndex());
    tellBirths();
  }

  @Override
  public void leadershipGained(long term) {
    LOG.info("Leading shard {} from term {}", shard, term);
    leads = true;
    Batcher proposals = batcher;
    if (proposals != null) {
      proposals.markTerm(term);
    }
    Listener told = listener;
    if (told != null) {
      told.leadershipGained(term);
    }
  }

  @Override
  public void leadershipLost() {
    leads = false;
    Listener told = listener;
    if (told != null) {
      told.leadershipLost();
    }
  }

  @Override
  public void leadershipChanged(Leadership leadership) {
    Listener told = listener;
    if (told != null) {
      told.leadershipChanged();
    }
  }

  @Override
  public void failed(Throwable cause) {
    LOG.error("The replica has stopped: {}", cause.toString(), cause);
    Listener told = listener;
    if (told != null) {
      told.failed(cause);
    }
  }
}
