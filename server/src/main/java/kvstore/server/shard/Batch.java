package kvstore.server.shard;

import java.util.ArrayList;
import java.util.List;
import kvstore.engine.command.Outcome;
import kvstore.engine.keyspace.WriteSession;
import kvstore.engine.storage.StorageException;
import kvstore.replication.Proposal;
import kvstore.server.router.Unavailable;

/**
 * The local side of one log entry: its commands in log order, with the ordered reads that stand
 * between them. The reads are not in the entry; they run at their place when it is applied here.
 *
 * <p>Filled under the batcher's lock, then handed to the log; from there on owned by the apply
 * thread, or by the one call of {@link #failed}.
 */
final class Batch implements Proposal {

  private final List<ShardCommand> commands;
  private final Batcher batcher;
  private final long term;
  private final List<Outcome> outcomes = new ArrayList<>();

  /** Reads that come after the commands and before the next entry; under the batcher's lock. */
  private final List<ShardCommand> readsBehind = new ArrayList<>();

  /** Set once those are being run, so that no more may be added; under the batcher's lock. */
  private boolean sealed;

  Batch(Batcher batcher, long term, List<ShardCommand> commands) {
    this.batcher = batcher;
    this.term = term;
    this.commands = commands;
  }

  List<ShardCommand> commands() {
    return commands;
  }

  List<ShardCommand> readsBehind() {
    return readsBehind;
  }

  boolean isSealed() {
    return sealed;
  }

  void seal() {
    sealed = true;
  }

  long term() {
    return term;
  }

  /** Runs all commands in order; their outcomes are kept back until the session is committed. */
  void execute(WriteSession session) throws StorageException {
    for (ShardCommand command : commands) {
      outcomes.add(
          command.writes() ? session.execute(command.command()) : session.read(command.command()));
    }
    for (ShardCommand read : batcher.seal(this)) {
      outcomes.add(session.read(read.command()));
    }
  }

  /** Ends all commands after the commit; reads still have to prove their lease. */
  void committed() {
    for (int i = 0; i < outcomes.size(); i++) {
      ShardCommand command =
          i < commands.size() ? commands.get(i) : readsBehind.get(i - commands.size());
      if (command.writes()) {
        command.done(outcomes.get(i));
      } else {
        batcher.reads().confirm(command, outcomes.get(i), term);
      }
    }
    batcher.finished(this);
  }

  @Override
  public void failed(Failure failure) {
    batcher.seal(this).forEach(ShardCommand::notLeading);
    for (ShardCommand command : commands) {
      if (!command.writes()) {
        command.notLeading();
        continue;
      }
      switch (failure) {
        case NOT_LEADER -> command.notLeading();
        case OVERLOADED -> command.failed(Unavailable.NOT_APPLIED);
        case UNKNOWN -> command.failed(Unavailable.OUTCOME_UNKNOWN);
      }
    }
    batcher.finished(this);
  }
}
