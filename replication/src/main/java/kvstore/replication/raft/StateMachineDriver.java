package kvstore.replication.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import kvstore.replication.StateMachine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the port's state machine from the Raft library's calls, for one life of a replica. The
 * library calls it on one thread, the group's apply thread.
 *
 * <p>On a restart the library applies again what came after its newest snapshot; what the state
 * machine's durable state already holds is passed over.
 */
final class StateMachineDriver implements com.alipay.sofa.jraft.StateMachine {

  private static final Logger LOGGER = LoggerFactory.getLogger(StateMachineDriver.class);

  /** What the replica makes of it; called on the apply thread. */
  interface Events {
    void led(long term);

    void stoppedLeading(Status reason);

    void follows(LeaderChangeContext leader);

    void lostLeader(LeaderChangeContext leader);

    void snapshotTaken(long index);

    void failed(Throwable cause);
  }

  private final String group;
  private final StateMachine stateMachine;
  private final Events events;
  private final RaftBudget budget;
  private final SnapshotFiles files;
  private final Executor worker;
  private volatile long applied;
  private volatile long ownStateIndex;
  private volatile long hiddenSnapshot;

  StateMachineDriver(
      String group,
      StateMachine stateMachine,
      Events events,
      RaftBudget budget,
      SnapshotFiles files,
      Executor worker) {
    this.group = group;
    this.stateMachine = stateMachine;
    this.events = events;
    this.budget = budget;
    this.files = files;
    this.worker = worker;
    this.applied = stateMachine.appliedIndex();
  }

  StateMachine stateMachine() {
    return stateMachine;
  }

  /**
   * The index at which the library was started from the state machine's own state instead of a
   * snapshot; 0 if it was not. While it has applied nothing more, it takes that for a snapshot it
   * has, and must not be asked for one. Any thread.
   */
  long ownStateIndex() {
    return ownStateIndex;
  }

  /**
   * The last log index that the newest snapshot includes, if the library does not know the term of
   * that index, since it was started from the state machine's own state; else 0. Any thread.
   */
  long hiddenSnapshot() {
    return hiddenSnapshot;
  }

  /** The last index the state machine has applied. Any thread. */
  long applied() {
    return applied;
  }

  @Override
  public void onApply(Iterator iterator) {
    while (iterator.hasNext() && iterator.getIndex() <= applied) {
      iterator.next();
    }
    while (iterator.hasNext()) {
      CommittedRun run = new CommittedRun(iterator, budget.applyEntries(), budget.applyBytes());
      try {
        stateMachine.apply(run);
        if (!run.ended()) {
          throw new IllegalStateException(
              "expected the state machine to read all entries, but it left some from "
                  + iterator.getIndex());
        }
        applied = iterator.getIndex() - 1;
      } catch (IOException | RuntimeException e) {
        LOGGER.error("{}: could not apply entries up to {}", group, iterator.getIndex(), e);
        events.failed(e);
        iterator.setErrorAndRollback(
            run.rollback(), new Status(RaftError.ESTATEMACHINE, "%s", e.toString()));
        return;
      }
    }
  }

  @Override
  public void onSnapshotSave(SnapshotWriter writer, Closure done) {
    try {
      stateMachine.saveSnapshot(SnapshotFiles.stateFolder(writer));
      long index = stateMachine.appliedIndex();
      SnapshotFiles.writeApplied(writer, index);
      // Checksums may take long and need no apply thread.
      worker.execute(() -> finishSnapshot(writer, index, done));
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: could not save a snapshot", group, e);
      done.run(new Status(RaftError.EIO, "%s", e.toString()));
    }
  }

  private void finishSnapshot(SnapshotWriter writer, long index, Closure done) {
    Status status = Status.OK();
    try {
      files.list(writer);
      hiddenSnapshot = 0;
      events.snapshotTaken(index);
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: could not list the files of a snapshot", group, e);
      status = new Status(RaftError.EIO, "%s", e.toString());
    }
    done.run(status);
  }

  @Override
  public boolean onSnapshotLoad(SnapshotReader reader) {
    if (reader instanceof OwnState own) {
      ownStateIndex = own.index();
      hiddenSnapshot = own.snapshotIncluded();
      events.snapshotTaken(own.snapshotApplied());
      return true;
    }
    try {
      long index = SnapshotFiles.readApplied(reader);
      if (index > stateMachine.appliedIndex()) {
        SnapshotFiles.verify(reader);
        stateMachine.loadSnapshot(Path.of(reader.getPath(), SnapshotFiles.STATE));
        if (stateMachine.appliedIndex() < index) {
          throw new IOException(
              "expected the state machine to be at "
                  + index
                  + " after loading a snapshot, but it is at "
                  + stateMachine.appliedIndex());
        }
      }
      applied = stateMachine.appliedIndex();
      hiddenSnapshot = 0;
      events.snapshotTaken(index);
      return true;
    } catch (SnapshotDamagedException e) {
      LOGGER.error("{}: {}", group, e.getMessage());
      events.failed(e);
      putAside(reader);
      return false;
    } catch (IOException | RuntimeException e) {
      LOGGER.error("{}: could not load the snapshot {}", group, reader.getPath(), e);
      events.failed(e);
      return false;
    }
  }

  private void putAside(SnapshotReader reader) {
    try {
      SnapshotFiles.putAside(Path.of(reader.getPath()));
    } catch (IOException e) {
      LOGGER.error("{}: could not put {} aside", group, reader.getPath(), e);
    }
  }

  @Override
  public void onLeaderStart(long term) {
    events.led(term);
  }

  @Override
  public void onLeaderStop(Status status) {
    events.stoppedLeading(status);
  }

  @Override
  public void onStartFollowing(LeaderChangeContext context) {
    events.follows(context);
  }

  @Override
  public void onStopFollowing(LeaderChangeContext context) {
    events.lostLeader(context);
  }

  @Override
  public void onError(RaftException e) {
    events.failed(e);
  }

  @Override
  public void onConfigurationCommitted(Configuration configuration) {}

  @Override
  public void onShutdown() {}
}
