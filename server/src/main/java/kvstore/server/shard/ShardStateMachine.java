package kvstore.server.shard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kvstore.engine.command.BatchReader;
import kvstore.engine.command.Command;
import kvstore.engine.command.MalformedEntryException;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.WriteSession;
import kvstore.replication.Leadership;
import kvstore.replication.StateMachine;
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

    void leadershipLost();

    void failed(Throwable cause);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ShardStateMachine.class);

  /** New values held back in a session at most; few entries come near. */
  private static final long SESSION_BYTES = 32L << 20;

  private final ShardStore store;
  private final LeaderClock clock;
  private volatile @Nullable Listener listener;
  private volatile @Nullable Batcher batcher;

  ShardStateMachine(ShardStore store, LeaderClock clock) {
    this.store = store;
    this.clock = clock;
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
    } catch (MalformedEntryException e) {
      throw new IOException("a committed entry cannot be read; this replica must not go on", e);
    } finally {
      own.forEach(committed ? Batch::committed : Batch::giveUp);
    }
    if (proposals != null) {
      proposals.overtake(term);
    }
  }

  private void apply(Entries entries, @Nullable Batch batch, WriteSession session)
      throws IOException {
    BatchReader reader = new BatchReader(entries.payload());
    session.entry(entries.index(), entries.term(), reader.leaderTimeMs());
    clock.observe(reader.leaderTimeMs());
    if (batch != null) {
      batch.execute(session);
      return;
    }
    for (Command next = reader.next(); next != null; next = reader.next()) {
      session.execute(next);
    }
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

  @Override
  public void saveSnapshot(Path directory) throws IOException {
    store.owned().checkpoint(directory);
  }

  @Override
  public void loadSnapshot(Path directory) throws IOException {
    Batcher proposals = batcher;
    if (proposals != null) {
      proposals.giveUp();
    }
    store.replace(directory);
  }

  @Override
  public void leadershipGained(long term) {
    LOG.info("Leading from term {}", term);
    Batcher proposals = batcher;
    if (proposals != null) {
      proposals.markTerm(term);
    }
  }

  @Override
  public void leadershipLost() {
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
