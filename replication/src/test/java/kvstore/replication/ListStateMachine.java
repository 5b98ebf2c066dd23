package kvstore.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Keeps every entry as text, in memory, and remembers what it was told. */
public class ListStateMachine implements StateMachine {

  private final List<String> entries = new ArrayList<>();
  private final List<String> acknowledged = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private long appliedIndex;
  private long appliedTerm;

  @Override
  public synchronized void apply(Entries run) throws IOException {
    while (run.next()) {
      ByteBuffer payload = run.payload();
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      if (run.index() <= appliedIndex) {
        throw new IllegalStateException("entry " + run.index() + " after " + appliedIndex);
      }
      entries.add(text);
      appliedIndex = run.index();
      appliedTerm = run.term();
      Proposal proposal = run.proposal();
      if (proposal != null) {
        acknowledged.add(text);
        committed(text, proposal);
      }
    }
  }

  /** For tests that wait for a proposal. */
  protected void committed(String text, @Nullable Proposal proposal) {}

  public synchronized List<String> entries() {
    return List.copyOf(entries);
  }

  public synchronized int count() {
    return entries.size();
  }

  public List<String> acknowledged() {
    return acknowledged;
  }

  public List<Throwable> failures() {
    return failures;
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
    Files.write(directory.resolve("entries"), entries);
    Files.writeString(directory.resolve("position"), appliedIndex + " " + appliedTerm);
  }

  @Override
  public synchronized void loadSnapshot(Path directory) throws IOException {
    entries.clear();
    entries.addAll(Files.readAllLines(directory.resolve("entries")));
    String[] position = Files.readString(directory.resolve("position")).split(" ");
    appliedIndex = Long.parseLong(position[0]);
    appliedTerm = Long.parseLong(position[1]);
  }

  @Override
  public void leadershipGained(long term) {}

  @Override
  public void leadershipLost() {}

  @Override
  public void leadershipChanged(Leadership leadership) {}

  @Override
  public void failed(Throwable cause) {
    failures.add(cause);
  }
}
