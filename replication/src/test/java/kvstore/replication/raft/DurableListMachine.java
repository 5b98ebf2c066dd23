package kvstore.replication.raft;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import kvstore.replication.DamagedStateException;
import kvstore.replication.Leadership;
import kvstore.replication.Proposal;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;

/**
 * A list of texts, kept in a file: a line "index term checksum", then a line for each. Like the
 * real engine it writes nothing at each entry but only when asked for a snapshot or closed, so
 * after a crash it may be behind.
 */
final class DurableListMachine implements StateMachine {

  private final Path file;
  private final List<String> entries = new ArrayList<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private long appliedIndex;
  private long appliedTerm;
  private volatile boolean failing;
  private volatile String last = "";
  private volatile int snapshotsLoaded;
  private volatile int rebuilt;
  private volatile @Nullable DamagedStateException damage;

  /** Apply waits while no permit is there. */
  final Semaphore mayApply = new Semaphore(Integer.MAX_VALUE / 2);

  /** Loading a snapshot waits while no permit is there. */
  final Semaphore mayLoad = new Semaphore(Integer.MAX_VALUE / 2);

  DurableListMachine(Path directory) {
    file = directory.resolve("list");
    try {
      Files.createDirectories(directory);
      if (Files.exists(file)) {
        read(file);
      }
    } catch (DamagedStateException e) {
      damage = e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(Path from) throws IOException {
    List<String> lines = Files.readAllLines(from, StandardCharsets.ISO_8859_1);
    String[] position = lines.get(0).split(" ");
    if (position.length == 3
        && !position[2].equals(Integer.toString(lines.subList(1, lines.size()).hashCode()))) {
      throw new DamagedStateException("expected checksum " + position[2] + " of " + from, null);
    }
    appliedIndex = Long.parseLong(position[0]);
    appliedTerm = Long.parseLong(position[1]);
    entries.clear();
    entries.addAll(lines.subList(1, lines.size()));
    last = entries.isEmpty() ? "" : entries.get(entries.size() - 1);
  }

  private void write(Path to) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(appliedIndex + " " + appliedTerm + " " + entries.hashCode());
    lines.addAll(entries);
    Files.write(to, lines, StandardCharsets.ISO_8859_1);
  }

  /** Makes the state durable, as a clean stop of the engine does. */
  synchronized void flush() {
    try {
      write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void setFailing(boolean failing) {
    this.failing = failing;
  }

  @Override
  public void apply(Entries run) throws IOException {
    mayApply.acquireUninterruptibly();
    mayApply.release();
    if (failing) {
      throw new IOException("told to fail");
    }
    synchronized (this) {
      while (run.next()) {
        if (run.index() <= appliedIndex) {
          throw new IllegalStateException("entry " + run.index() + " after " + appliedIndex);
        }
        ByteBuffer payload = run.payload();
        if (!payload.isReadOnly()) {
          throw new IllegalStateException("payload can be written");
        }
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        entries.add(new String(bytes, StandardCharsets.UTF_8));
        last = entries.get(entries.size() - 1);
        appliedIndex = run.index();
        appliedTerm = run.term();
        if (run.proposal() instanceof Waiting waiting) {
          waiting.committed();
        }
      }
    }
  }

  synchronized List<String> entries() {
    return List.copyOf(entries);
  }

  /** The newest entry; empty if none. */
  String last() {
    return last;
  }

  synchronized int count() {
    return entries.size();
  }

  List<String> events() {
    return events;
  }

  List<Throwable> failures() {
    return failures;
  }

  int rebuilt() {
    return rebuilt;
  }

  int snapshotsLoaded() {
    return snapshotsLoaded;
  }

  @Override
  public synchronized long appliedIndex() {
    return appliedIndex;
  }

  @Override
  public synchronized long appliedTerm() {
    return appliedTerm;
  }

  @Override
  public synchronized void saveSnapshot(Path directory) throws IOException {
    flush();
    write(directory.resolve("list"));
    // A second, large file, to be sent in many chunks.
    try (DataOutputStream out =
        new DataOutputStream(
            Files.newOutputStream(directory.resolve("ballast"), StandardOpenOption.CREATE_NEW))) {
      byte[] chunk = new byte[1 << 20];
      for (int i = 0; i < 5; i++) {
        chunk[0] = (byte) i;
        out.write(chunk);
      }
    }
  }

  @Override
  public void loadSnapshot(Path directory) throws IOException {
    mayLoad.acquireUninterruptibly();
    mayLoad.release();
    load(directory);
  }

  private synchronized void load(Path directory) throws IOException {
    if (Files.size(directory.resolve("ballast")) != 5 << 20) {
      throw new IOException("ballast is missing");
    }
    read(directory.resolve("list"));
    flush();
    snapshotsLoaded++;
  }

  @Override
  public @Nullable DamagedStateException damage() {
    return damage;
  }

  @Override
  public synchronized void rebuild(@Nullable Path checkpoint) throws IOException {
    if (checkpoint == null) {
      entries.clear();
      appliedIndex = 0;
      appliedTerm = 0;
      last = "";
    } else {
      read(checkpoint.resolve("list"));
    }
    flush();
    damage = null;
    rebuilt++;
  }

  @Override
  public void leadershipGained(long term) {
    events.add("gained " + term);
  }

  @Override
  public void leadershipLost() {
    events.add("lost");
  }

  @Override
  public void leadershipChanged(Leadership leadership) {
    events.add(leadership.role() + " " + leadership.term() + " " + leadership.leader());
  }

  @Override
  public void failed(Throwable cause) {
    failures.add(cause);
  }

  /** A proposal a test can wait for. */
  interface Waiting extends Proposal {
    void committed();
  }
}
