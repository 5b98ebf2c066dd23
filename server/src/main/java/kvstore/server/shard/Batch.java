package kvstore.server.shard;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.keyspace.WriteSession;
import kvstore.engine.storage.StorageException;
import kvstore.replication.Proposal;
import kvstore.server.router.Unavailable;
import org.jspecify.annotations.Nullable;

/**
 * The local side of one log entry: its commands in log order, with the ordered reads that stand
 * between them. The reads are not in the entry; they run at their place when it is applied here.
 *
 * <p>A batch whose proposal ended as unknown is not given up: its entry may yet be committed by the
 * next leader, and is then applied here like any other. Until the commands' deadline the batch
 * waits to be recognised by term and bytes ({@link #isEntry}), or to be overtaken by an entry of a
 * later term, after which no entry of its own term can follow: then it certainly was not applied.
 *
 * <p>Filled under the batcher's lock, then handed to the log; executed by the apply thread.
 */
final class Batch implements Proposal {

  /** Takes note of a write's outcome. */
  interface Remembering {
    void executed(Command command, Outcome outcome);
  }

  /**
   * A read that has been made, and its outcome.
   *
   * @param followed whether something that came after it may take effect, although nobody here will
   *     learn of it: then it must not be made again
   */
  record Read(ShardCommand command, Outcome outcome, boolean followed) {
    void refuted() {
      if (followed) {
        command.unanswered();
      } else {
        command.notLeading();
      }
    }
  }

  /** What the reads of one entry may come to; none is answered before all of it is applied. */
  private static final long MOST_KEPT_BYTES = 32L << 20;

  private final List<ShardCommand> commands;
  private final Batcher batcher;
  private final long number;
  private final long term;

  /** One for each command; null for a read that came to more than may be kept. */
  private final List<@Nullable Outcome> outcomes = new ArrayList<>();

  private long keptBytes;

  /** Reads that come after the commands and before the next entry; under the batcher's lock. */
  private final List<ShardCommand> readsBehind = new ArrayList<>();

  /** Reads that this entry proves if it is committed; under the batcher's lock. */
  private final List<Read> reads = new ArrayList<>();

  /** Set once it is known what became of the entry; under the batcher's lock. */
  private boolean decided;

  /** The bytes proposed. */
  private final ByteBuffer entry;

  /** Who waits for the split that the entry is, or null if it is none. */
  private final @Nullable CompletableFuture<Void> split;

  /** When it was handed to the log; under the batcher's lock. */
  private long sentNanos;

  /** Set once its entry is being applied here; under the batcher's lock. */
  private boolean claimed;

  /** Set once those are being run, so that no more may be added; under the batcher's lock. */
  private boolean sealed;

  /**
   * @param number greater than that of every earlier batch of the batcher
   */
  Batch(Batcher batcher, long number, long term, List<ShardCommand> commands, ByteBuffer entry) {
    this(batcher, number, term, commands, entry, null);
  }

  private Batch(
      Batcher batcher,
      long number,
      long term,
      List<ShardCommand> commands,
      ByteBuffer entry,
      @Nullable CompletableFuture<Void> split) {
    this.batcher = batcher;
    this.number = number;
    this.term = term;
    this.commands = commands;
    this.entry = entry;
    this.split = split;
  }

  /** An entry that splits the shard. */
  static Batch ofSplit(
      Batcher batcher, long number, long term, ByteBuffer entry, CompletableFuture<Void> split) {
    return new Batch(batcher, number, term, List.of(), entry, split);
  }

  boolean isSplit() {
    return split != null;
  }

  /** The split was looked at when its turn came, and had no effect. */
  void refused(String why) {
    if (split != null) {
      split.completeExceptionally(new IllegalStateException(why));
    }
  }

  /** The bytes to propose, as a view of its own. */
  ByteBuffer entry() {
    return entry.duplicate();
  }

  boolean isEntry(long entryTerm, ByteBuffer payload) {
    return term == entryTerm && entry.equals(payload);
  }

  boolean isClaimed() {
    return claimed;
  }

  void claim() {
    claimed = true;
  }

  long sentNanos() {
    return sentNanos;
  }

  void sent(long nowNanos) {
    sentNanos = nowNanos;
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

  long number() {
    return number;
  }

  /** False if it is too late. */
  boolean vouchFor(Read read) {
    return !decided && reads.add(read);
  }

  List<Read> reads() {
    return reads;
  }

  /** No read waits for the entry from now on; those that did are returned. */
  List<Read> takeReads() {
    decided = true;
    List<Read> taken = List.copyOf(reads);
    reads.clear();
    return taken;
  }

  /** Runs all commands in order; their outcomes are kept back until the session is committed. */
  void execute(WriteSession session, Remembering remembering) throws StorageException {
    for (ShardCommand command : commands) {
      if (command.writes()) {
        Outcome outcome = session.execute(command.command());
        remembering.executed(command.command(), outcome);
        outcomes.add(outcome);
      } else {
        outcomes.add(read(session, command));
      }
    }
    executeReads(session);
  }

  /** Runs the reads behind a split, which see what it left. */
  void executeReads(WriteSession session) throws StorageException {
    for (ShardCommand read : batcher.seal(this)) {
      outcomes.add(read(session, read));
    }
  }

  private @Nullable Outcome read(WriteSession session, ShardCommand read) throws StorageException {
    if (keptBytes > MOST_KEPT_BYTES) {
      return null;
    }
    Outcome outcome = session.read(read.command());
    if (!batcher.mayKeep(outcome)) {
      return null;
    }
    keptBytes += outcome.valueBytes();
    return outcome;
  }

  /**
   * Ends all commands after the commit. The entry itself proves the reads between its commands;
   * those behind still have to be proven.
   */
  void committed() {
    batcher.applied(this).forEach(read -> read.command().done(read.outcome()));
    for (int i = 0; i < outcomes.size(); i++) {
      ShardCommand command =
          i < commands.size() ? commands.get(i) : readsBehind.get(i - commands.size());
      Outcome outcome = outcomes.get(i);
      if (outcome == null) {
        command.failed(Unavailable.OVERLOADED);
      } else if (i < commands.size()) {
        command.done(outcome);
      } else {
        batcher.reads().confirm(command, outcome, term, number, batcher);
      }
    }
    if (split != null) {
      split.complete(null);
    }
    batcher.finished(this);
  }

  /** The entry was not and will not be applied. */
  void overtaken() {
    batcher.refuted(this).forEach(Read::refuted);
    batcher.seal(this).forEach(ShardCommand::notLeading);
    commands.forEach(ShardCommand::notLeading);
    refused("expected to lead the shard until it is split, but leadership has changed");
    batcher.finished(this);
  }

  /** Nobody here will learn what became of the entry. */
  void giveUp() {
    giveUpReads();
    for (ShardCommand command : commands) {
      if (command.writes()) {
        command.failed(Unavailable.OUTCOME_UNKNOWN);
      } else {
        command.unanswered();
      }
    }
    refused("the split may take effect or not: this replica has stopped");
    batcher.finished(this);
  }

  /** An entry behind this one may be applied, with what came after the reads. */
  private void giveUpReads() {
    batcher.givenUp(this).forEach(read -> read.command().unanswered());
    batcher.seal(this).forEach(ShardCommand::unanswered);
  }

  @Override
  public void failed(Failure failure) {
    switch (failure) {
      case NOT_LEADER -> overtaken();
      case OVERLOADED -> {
        commands.forEach(command -> command.failed(Unavailable.NOT_APPLIED));
        giveUpReads();
        overtaken();
      }
      case UNKNOWN -> {
        // Wait: it is recognised, overtaken, or out of time.
      }
    }
  }
}
