package kvstore.testkit.simulation;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import kvstore.engine.keyspace.Keyspace;
import kvstore.protocol.Reply;
import kvstore.replication.NodeId;
import kvstore.replication.log.RecoveryHunt;
import kvstore.replication.raft.SnapshotHunt;
import kvstore.server.shard.Shard;
import kvstore.tools.verify.history.Checker;
import org.jspecify.annotations.Nullable;

/**
 * A bug put in on purpose, to see whether the simulation finds it. Most are a change of the
 * product's source, compiled into a folder of its own: the simulation runs on those classes in a
 * loader of its own, and the product knows nothing of it. Those in the log of a node and in the
 * copying of snapshots, which the simulation does not run, are hunted by {@link RecoveryHunt} and
 * {@link SnapshotHunt}, which do. The rest are in the parts that the simulation itself stands in
 * for ({@link Mutant}).
 */
enum Mutation {

  /** Batcher: an entry under way is taken for one that will never be applied. */
  BATCHER_GIVES_UP_TOO_EARLY(
      Scenario.RANDOM,
      "server/src/main/java/kvstore/server/shard/Batcher.java",
      "!batch.isClaimed() && batch.term() < beforeTerm",
      "!batch.isClaimed() && batch.term() <= beforeTerm"),

  /** Batcher: of an entry whose end nobody sees, the clients are told that it was not applied. */
  BATCHER_TAKES_UNKNOWN_FOR_FAILED(
      Scenario.ROLLING_RESTARTS,
      "server/src/main/java/kvstore/server/shard/Batch.java",
      "command.failed(Unavailable.OUTCOME_UNKNOWN);",
      "command.notLeading();"),

  /** Expiry: a sweep removes what was to expire when it was proposed, even if it was set anew. */
  EXPIRY_DOES_NOT_LOOK_AGAIN(
      Scenario.RANDOM,
      "engine/src/main/java/kvstore/engine/keyspace/SessionKeys.java",
      "if (value == null || !value.expiredAt(nowMs)) {",
      "if (value == null) {"),

  /** Reads: the lease is not asked for, since the replica leads as far as it knows. */
  LEASE_NOT_ASKED(
      Scenario.STALLED_LEADER,
      "server/src/main/java/kvstore/server/shard/ReadPath.java",
      "if (read.mode() != ReadMode.QUORUM && log.leaseHolds(term)) {",
      "if (read.mode() != ReadMode.QUORUM) {"),

  /**
   * Reads: the lease is asked for before the read came, once for all reads of the next 300 ms. That
   * it is asked for after the read came, but before the state is read, would not be seen by any
   * client: that state holds what was acknowledged when the lease was asked for, or more, and the
   * read was under way by then.
   */
  LEASE_BEFORE_READ(
      Scenario.STALLED_LEADER,
      "server/src/main/java/kvstore/server/shard/ReadPath.java",
      """
        void confirm(ShardCommand read, Outcome outcome, long term, long mark, Doubt doubt) {
          if (read.mode() != ReadMode.QUORUM && log.leaseHolds(term)) {
      """,
      """
        private long heldMs;
        private long heldTerm;

        void confirm(ShardCommand read, Outcome outcome, long term, long mark, Doubt doubt) {
          long ms = now.getAsLong();
          if (term != heldTerm || Math.abs(ms - heldMs) > 300) {
            heldMs = log.leaseHolds(term) ? ms : 0;
            heldTerm = term;
          }
          if (read.mode() != ReadMode.QUORUM && Math.abs(ms - heldMs) <= 300) {
      """),

  /** Doubts: what the former leader had applied is applied once more. */
  DOUBTED_WRITE_APPLIED_TWICE(
      Scenario.RANDOM,
      "server/src/main/java/kvstore/server/shard/Recollection.java",
      "if (identities[i] == identity) {",
      "if (identities[i] == 0) {"),

  /**
   * Doubts: a leader of the same term is believed, which may have the first sending yet to come.
   */
  DOUBT_SETTLED_IN_ITS_TERM(
      Scenario.RANDOM,
      "server/src/main/java/kvstore/server/shard/Shard.java",
      "doubt.term() >= term",
      "doubt.term() > term"),

  /** Splits: a child that was opened empty stays so, though its first state is there by now. */
  CHILD_STAYS_EMPTY(
      Scenario.LOST_PARENTS,
      "server/src/main/java/kvstore/server/cluster/ShardBirths.java",
      "if (livesHere(birth) && steps.makeWay(birth)) {",
      "if (birth.child() < 0) {"),

  /** Recovery of the log: goes on behind a record that did not reach the disk. */
  RECOVERY_PASSES_OVER_HOLES(Scenario.FAILED_SYNCS, Mutant.RECOVERY_PASSES_OVER_HOLES),

  /** The log: acknowledges what is written, and not yet on the disk. */
  ACKNOWLEDGES_BEFORE_SYNC(Scenario.FAILED_SYNCS, Mutant.ACKNOWLEDGES_BEFORE_SYNC),

  /** The log: asks for an fsync again after one that failed, and believes the second. */
  RETRIES_FSYNC(Scenario.FAILED_SYNCS, Mutant.RETRIES_FSYNC),

  /** Snapshots: the rest of one comes from whatever its source has by then. */
  MIXES_SNAPSHOTS(Scenario.MOVING_SNAPSHOTS, Mutant.MIXES_SNAPSHOTS),

  /** Raft: an answer of a former term counts in this one. */
  BELIEVES_OLD_TERMS(Scenario.LATE_REPLIES, Mutant.BELIEVES_OLD_TERMS),

  /** Leaving: a replica that comes back votes from amnesia. */
  LEAVES_WITHOUT_MEMORY(Scenario.COMING_BACK, Mutant.LEAVES_WITHOUT_MEMORY),

  /** The shared log: recovery ends at the first record that is not sound, and says nothing. */
  LOG_ENDS_AT_DAMAGE(
      RecoveryHunt.class,
      "replication/src/main/java/kvstore/replication/log/LogDatabase.java",
      "WALRecoveryMode.TolerateCorruptedTailRecords",
      "WALRecoveryMode.PointInTimeRecovery"),

  /** The shared log: recovery passes over records that are not sound, to those behind them. */
  LOG_PASSES_OVER_DAMAGE(
      RecoveryHunt.class,
      "replication/src/main/java/kvstore/replication/log/LogDatabase.java",
      "WALRecoveryMode.TolerateCorruptedTailRecords",
      "WALRecoveryMode.SkipAnyCorruptedRecords"),

  /** The shared log: what looks like a torn end is taken for one. */
  LOG_END_NOT_LOOKED_AT(
      RecoveryHunt.class,
      "replication/src/main/java/kvstore/replication/log/SharedLog.java",
      "      WriteAheadTail.check(directory);\n",
      ""),

  /** The shared log: writes go on behind a sync that failed. */
  LOG_GOES_ON_AFTER_FAILED_SYNC(
      RecoveryHunt.class,
      "replication/src/main/java/kvstore/replication/log/SharedLog.java",
      "    if (failed != null) {\n",
      "    if (failed != null && directory == null) {\n"),

  /** Snapshots: what was copied is loaded as it is. */
  SNAPSHOT_NOT_VERIFIED(
      SnapshotHunt.class,
      "replication/src/main/java/kvstore/replication/raft/StateMachineDriver.java",
      "        SnapshotFiles.verify(reader);\n",
      ""),

  /** Snapshots: a file of the right length will do. */
  SNAPSHOT_LENGTHS_VERIFIED(
      SnapshotHunt.class,
      "replication/src/main/java/kvstore/replication/raft/SnapshotFiles.java",
      "return Long.toHexString(crc.getValue()) + \"-\" + size;",
      "return \"-\" + size;"),

  /** Snapshots: whether one is newer is believed without a look at its checksum. */
  SNAPSHOT_INDEX_NOT_VERIFIED(
      SnapshotHunt.class,
      "replication/src/main/java/kvstore/replication/raft/SnapshotFiles.java",
      "    verify(snapshot, APPLIED);\n",
      ""),

  /** Snapshots: one replaces a state that is newer. */
  SNAPSHOT_OLDER_THAN_STATE(
      SnapshotHunt.class,
      "replication/src/main/java/kvstore/replication/raft/StateMachineDriver.java",
      "if (index > stateMachine.appliedIndex()) {",
      "if (index > 0) {");

  private final Scenario scenario;
  private final Class<?> hunter;
  private final @Nullable String file;
  private final String original;
  private final String replacement;
  private final Mutant mutant;

  Mutation(Scenario scenario, String file, String original, String replacement) {
    this(scenario, Simulation.class, file, original, replacement);
  }

  Mutation(Class<?> hunter, String file, String original, String replacement) {
    this(Scenario.RANDOM, hunter, file, original, replacement);
  }

  Mutation(Scenario scenario, Class<?> hunter, String file, String original, String replacement) {
    this.scenario = scenario;
    this.hunter = hunter;
    this.file = file;
    this.original = original;
    this.replacement = replacement;
    this.mutant = Mutant.NONE;
  }

  Mutation(Scenario scenario, Mutant mutant) {
    this.scenario = scenario;
    this.hunter = Simulation.class;
    this.file = null;
    this.original = "";
    this.replacement = "";
    this.mutant = mutant;
  }

  /**
   * The first seed that found it.
   *
   * @param seed 0 if none did
   */
  record Found(long seed, @Nullable String violation, double seconds) {}

  /** Whether it is in what the simulation runs. */
  boolean isSimulated() {
    return hunter == Simulation.class;
  }

  /** What looks for it. */
  Class<?> hunter() {
    return hunter;
  }

  /** The scenario that is to find it soon. */
  Scenario scenario() {
    return scenario;
  }

  /**
   * Runs seeds from {@code first} to {@code last} with the bug, until one finds it.
   *
   * @param under null to let each seed choose
   */
  Found hunt(long first, long last, @Nullable Scenario under) throws Exception {
    long start = System.nanoTime();
    if (file == null) {
      return hunt(first, last, start, seed -> Simulation.run(seed, under, mutant).violation());
    }
    Path classes = Files.createTempDirectory("mutation");
    try (URLClassLoader loader = compile(classes)) {
      Class<?> simulation = loader.loadClass(hunter.getName());
      var violationOf = simulation.getMethod("violationOf", long.class, String.class);
      return hunt(
          first,
          last,
          start,
          seed -> {
            try {
              return (String) violationOf.invoke(null, seed, under == null ? null : under.name());
            } catch (ReflectiveOperationException e) {
              throw new IllegalStateException(e);
            }
          });
    } finally {
      Folders.delete(classes);
    }
  }

  private static Found hunt(
      long first, long last, long start, LongFunction<@Nullable String> violationOf) {
    for (long seed = first; seed <= last; seed++) {
      String violation = violationOf.apply(seed);
      if (violation != null) {
        return new Found(seed, violation, (System.nanoTime() - start) / 1e9);
      }
    }
    return new Found(0, null, (System.nanoTime() - start) / 1e9);
  }

  /** A loader of the whole product and of the simulation, with the changed class in front. */
  private URLClassLoader compile(Path classes) throws IOException {
    Path source = root().resolve(file);
    String text = Files.readString(source);
    int at = text.indexOf(original);
    if (at < 0 || text.indexOf(original, at + 1) >= 0) {
      throw new IllegalStateException("expected once in " + file + ": " + original);
    }
    Path changed = classes.resolve(source.getFileName());
    Files.writeString(changed, text.replace(original, replacement), StandardCharsets.UTF_8);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failed =
        compiler.run(
            null,
            null,
            null,
            "--release",
            "17",
            "-proc:none",
            "-nowarn",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            changed.toString());
    if (failed != 0) {
      throw new IllegalStateException(name() + " does not compile");
    }
    List<URL> places = new ArrayList<>();
    places.add(classes.toUri().toURL());
    for (Class<?> one :
        List.of(
            Reply.class,
            Keyspace.class,
            NodeId.class,
            Shard.class,
            Checker.class,
            Simulation.class)) {
      places.add(one.getProtectionDomain().getCodeSource().getLocation());
    }
    return new Own(places);
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isDirectory(folder.resolve("server/src/main"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException("expected to run within the source tree");
    }
    return folder;
  }

  /** Loads what is ours itself, and leaves the rest to the loader of the tests. */
  private static final class Own extends URLClassLoader {

    Own(List<URL> places) {
      super(places.toArray(URL[]::new), Own.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("kvstore.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }
}
