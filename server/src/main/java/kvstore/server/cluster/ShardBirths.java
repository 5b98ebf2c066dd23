package kvstore.server.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import kvstore.engine.keyspace.Keyspace;
import kvstore.engine.keyspace.WriteSession;
import kvstore.engine.storage.StorageException;
import kvstore.replication.NodeId;
import kvstore.server.shard.Birth;
import kvstore.server.shard.Births;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings shards that split off into being, so that a crash at any point leaves either no trace of
 * the split here or all that is needed to finish it. Beside the folder {@code NNNN} that the child
 * is to have stand, in this order:
 *
 * <ol>
 *   <li>{@code NNNN.seed}, a copy of the parent's state from before the split and the {@link
 *       Birth}: made durable under another name, then renamed, before the split has any effect;
 *   <li>{@code NNNN.born}, the same renamed, once the parent's part of the split is durable: from
 *       here on the child is finished whatever becomes of the parent. In it the copy is narrowed to
 *       the child's slots, and a checkpoint of that becomes the first snapshot of the child's
 *       group;
 *   <li>{@code NNNN.done}, the same renamed: to be deleted.
 * </ol>
 *
 * If the parent's part was lost in a crash, it applies the split again and writes the seed anew.
 */
public final class ShardBirths implements Births {

  /** The parts of a node that a birth needs; may block. */
  public interface Steps {
    /** Opens the keyspace in a folder, to be changed there. */
    Keyspace open(Path folder) throws IOException;

    /**
     * Makes a checkpoint the first snapshot of the child's group, and a copy of it the child's
     * database; does nothing if the group lives here already.
     */
    void plant(Birth birth, Path checkpoint, Path folder) throws IOException;

    /**
     * Closes, soon, a replica of the child that was opened before its first state was there, and
     * has not got as far since by what its leader sent.
     *
     * @return whether there is one: then the child can not be planted yet
     */
    boolean makeWay(Birth birth) throws IOException;

    /**
     * Opens the child's replica, which finds its snapshot; returns at once.
     *
     * @param leads whether it should stand for election then
     */
    void open(Birth birth, boolean leads);
  }

  /** Told before each step, for tests; what it throws is a crash. */
  interface Milestones {
    void reached(String step) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ShardBirths.class);
  private static final String SEED = ".seed";
  private static final String BORN = ".born";
  private static final String DONE = ".done";
  private static final String REPLACED = ".replaced"; // by the storage, while it restores
  private static final String COPY = "copy";
  private static final String STATE = "state";
  private static final String BIRTH = "birth";
  private static final String UNFINISHED = ".new";
  private static final long RETRY_MILLIS = 500;

  private final Path shards;
  private final NodeId self;
  private final IntPredicate left;
  private final Steps steps;
  private final Executor io;
  private final ScheduledExecutorService timer;
  private final Milestones milestones;

  /** One birth is finished at a time. */
  private final Object finishing = new Object();

  /**
   * @param shards where the folders of shards are
   * @param left whether this node once gave up its replica of a shard
   * @param io for all that takes long
   * @param timer for trying again
   */
  public ShardBirths(
      Path shards,
      NodeId self,
      IntPredicate left,
      Steps steps,
      Executor io,
      ScheduledExecutorService timer) {
    this(shards, self, left, steps, io, timer, step -> {});
  }

  ShardBirths(
      Path shards,
      NodeId self,
      IntPredicate left,
      Steps steps,
      Executor io,
      ScheduledExecutorService timer,
      Milestones milestones) {
    this.shards = shards;
    this.self = self;
    this.left = left;
    this.steps = steps;
    this.io = io;
    this.timer = timer;
    this.milestones = milestones;
  }

  /**
   * Finishes what a former run of the node was certain of and deletes what it was not. To be called
   * before any shard is opened; what a parent still has to decide is left to {@link #opened}.
   */
  public void recover() throws IOException {
    for (Path found : found()) {
      String name = found.getFileName().toString();
      if (name.endsWith(UNFINISHED) || name.endsWith(DONE)) {
        delete(found);
      } else if (name.endsWith(BORN)) {
        finish(found, false);
      } else if (name.endsWith(SEED) && isGone(read(found).parent())) {
        discard(read(found).child(), found);
      }
    }
  }

  /** The parent's replica here is deleted: what it had still to decide will never be. */
  public void parentGone(int parent) throws IOException {
    synchronized (finishing) {
      for (Path found : found()) {
        if (found.getFileName().toString().endsWith(SEED) && read(found).parent() == parent) {
          discard(read(found).child(), found);
        }
      }
    }
  }

  /**
   * Whether the replica has left, rather than being replaced by a snapshot when the node stopped.
   */
  private boolean isGone(int shard) {
    return !Files.exists(folder(shard)) && !Files.exists(sibling(shard, REPLACED));
  }

  /** Whether a first state for the shard lies here, so that it must not be opened without it. */
  public boolean isExpected(int child) {
    return Files.exists(sibling(child, SEED)) || Files.exists(sibling(child, BORN));
  }

  @Override
  public void seed(Birth birth, Keyspace parent) throws IOException {
    Path seed = sibling(birth.child(), SEED);
    Path unfinished = sibling(birth.child(), SEED + UNFINISHED);
    milestones.reached("seed");
    delete(unfinished);
    discard(birth.child(), seed);
    Files.createDirectories(unfinished);
    parent.checkpoint(unfinished.resolve(COPY));
    Path told = unfinished.resolve(BIRTH);
    Files.write(told, birth.encode());
    force(told);
    force(unfinished);
    milestones.reached("seed written");
    move(unfinished, seed);
    milestones.reached("seed in place");
  }

  @Override
  public void born(Birth birth, Keyspace parent, boolean leads) {
    inBackground(
        birth.child(),
        () -> {
          milestones.reached("applied");
          parent.flush();
          milestones.reached("flushed");
          certain(birth, leads);
        });
  }

  @Override
  public void opened(int parent, Collection<Birth> births) {
    for (Birth birth : births) {
      if (Files.exists(sibling(birth.child(), SEED))) {
        inBackground(birth.child(), () -> certain(birth, false));
      }
    }
  }

  /** The parent's part is durable. */
  private void certain(Birth birth, boolean leads) throws IOException {
    synchronized (finishing) {
      Path seed = sibling(birth.child(), SEED);
      Path born = sibling(birth.child(), BORN);
      if (Files.exists(seed) && read(seed).equals(birth)) {
        move(seed, born);
        milestones.reached("born");
      }
      if (!Files.exists(born)) {
        return;
      }
      if (livesHere(birth) && steps.makeWay(birth)) {
        LOG.info("The birth of shard {} waits until its empty replica is closed", birth.child());
        again(birth.child(), () -> certain(birth, leads));
        return;
      }
      finish(born, leads);
    }
  }

  private void finish(Path born, boolean leads) throws IOException {
    synchronized (finishing) {
      Birth birth = read(born);
      long start = System.nanoTime();
      boolean lives = livesHere(birth);
      if (lives) {
        Path state = born.resolve(STATE);
        if (!Files.exists(state)) {
          narrow(birth, born.resolve(COPY), state);
        }
        milestones.reached("narrowed");
        steps.plant(birth, state, folder(birth.child()));
        milestones.reached("planted");
      }
      discard(birth.child(), born);
      if (lives) {
        milestones.reached("done");
        LOG.info(
            "Shard {} is born of shard {} after {} ms",
            birth.child(),
            birth.parent(),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        steps.open(birth, leads);
      }
    }
  }

  /**
   * A node may apply a split long after: having come back to the parent it is sent the parent's old
   * log. If it has left the child meanwhile, the child must not be born here again: it would have
   * the members of then, and a vote, of which this node has forgotten all that it did with it.
   */
  private boolean livesHere(Birth birth) {
    return birth.concerns(self) && !left.test(birth.child());
  }

  /** The checkpoint of the narrowed copy will not change any more, so that it can be linked to. */
  private void narrow(Birth birth, Path copy, Path state) throws IOException {
    Path unfinished = state.resolveSibling(STATE + UNFINISHED);
    delete(unfinished);
    try (Keyspace keyspace = steps.open(copy)) {
      if (keyspace.appliedIndex() < birth.index()) {
        try (WriteSession session = keyspace.begin()) {
          session.entry(birth.index(), birth.term(), birth.leaderTimeMs());
          session.takeOver(birth.atSlot());
        }
      }
      keyspace.checkpoint(unfinished);
    }
    move(unfinished, state);
  }

  private interface Work {
    void run() throws IOException;
  }

  private void inBackground(int child, Work work) {
    try {
      io.execute(() -> run(child, work));
    } catch (RejectedExecutionException e) {
      again(child, work);
    }
  }

  private void run(int child, Work work) {
    try {
      work.run();
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.CLOSED) {
        LOG.info("The birth of shard {} is put off: {}", child, e.getMessage());
        return; // the parent tells of it when it is opened again
      }
      LOG.error("The birth of shard {} failed; trying again", child, e);
      again(child, work);
    } catch (IOException | RuntimeException e) {
      LOG.error("The birth of shard {} failed; trying again", child, e);
      again(child, work);
    }
  }

  private void again(int child, Work work) {
    try {
      timer.schedule(() -> inBackground(child, work), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.info("The birth of shard {} is put off until the next start", child);
    }
  }

  private Path folder(int shard) {
    return shards.resolve(String.format("%04d", shard));
  }

  private Path sibling(int shard, String suffix) {
    Path folder = folder(shard);
    return folder.resolveSibling(folder.getFileName() + suffix);
  }

  private static Birth read(Path folder) throws IOException {
    return Birth.decode(Files.readAllBytes(folder.resolve(BIRTH)));
  }

  private List<Path> found() throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(shards)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(shards)) {
        entries.forEach(found::add);
      }
    }
    found.sort(Comparator.naturalOrder());
    return found;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Path parent = to.getParent();
    if (parent != null) {
      force(parent);
    }
  }

  /** Renames first: a folder under its own name is whole. */
  private void discard(int child, Path folder) throws IOException {
    Path done = sibling(child, DONE);
    delete(done);
    if (Files.exists(folder)) {
      move(folder, done);
      delete(done);
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
