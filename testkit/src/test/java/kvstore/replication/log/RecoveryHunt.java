package kvstore.replication.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Looks for a seed with which the shared log, the product's own over its RocksDB, forgets or
 * changes what it acknowledged and does not say so. By its seed it writes entries, terms and votes
 * of some groups, cuts, resets and forgets logs, meets failing syncs, is killed (a copy of its
 * files is what remains), perhaps with a torn record at its end or with a bit flipped, and is
 * opened again.
 */
public final class RecoveryHunt {

  /** Such that entries get into files, and whole files are dropped. */
  private static final SharedLogOptions SMALL =
      new SharedLogOptions(64 << 10, 2, 1 << 20, 64 << 10, 8 << 20, 16 << 20);

  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;

  /** What a group was told that it holds. */
  private static final class Told {
    final TreeMap<Long, byte[]> entries = new TreeMap<>();
    long first = 1;
    long term;
    String vote = "";
  }

  private final SplittableRandom random;
  private final Path live;
  private final Map<String, Told> told = new HashMap<>();
  private boolean syncFails;

  private RecoveryHunt(long seed, Path folder) {
    this.random = new SplittableRandom(seed);
    this.live = folder.resolve("live");
  }

  /**
   * What was found with the seed; null if all is well.
   *
   * @param unused there is but one scenario
   */
  public static @Nullable String violationOf(long seed, @Nullable String unused) {
    Logger log = (Logger) LoggerFactory.getLogger("kvstore");
    Level before = log.getLevel();
    log.setLevel(Level.OFF); // of all that is broken on purpose
    try {
      Path folder = Files.createTempDirectory("recovery");
      try {
        return new RecoveryHunt(seed, folder).run(folder.resolve("after"));
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      log.setLevel(before);
    }
  }

  private @Nullable String run(Path after) throws IOException {
    DiskFaults faults =
        new DiskFaults() {
          @Override
          public void beforeWrite() {}

          @Override
          public void afterWrite() throws IOException {
            if (syncFails) {
              throw new IOException("told to fail");
            }
          }
        };
    try (SharedLog log = SharedLog.open(live, SMALL, faults)) {
      int steps = random.nextInt(5, 60);
      for (int i = 0; i < steps; i++) {
        String violation = step(log);
        if (violation != null) {
          return violation;
        }
      }
      copy(live, after);
    }
    boolean mayRefuse = harm(after);
    try (SharedLog log = SharedLog.open(after, SMALL, DiskFaults.NONE)) {
      return compare(log, mayRefuse);
    } catch (LogCorruptedException e) {
      return mayRefuse ? null : "a log with a torn end, or none, is refused: " + e.getMessage();
    }
  }

  private @Nullable String step(SharedLog log) throws IOException {
    String name = "g" + random.nextInt(3);
    GroupLog group = log.group(name);
    group.load();
    Told known = told.computeIfAbsent(name, unused -> new Told());
    switch (random.nextInt(15)) {
      case 0 -> {
        GroupVote vote = log.vote(name);
        vote.load();
        String candidate = "n" + random.nextInt(3) + ":1";
        if (vote.setTermAndVotedFor(known.term + 1, PeerId.parsePeer(candidate))) {
          known.term++;
          known.vote = candidate;
        }
      }
      case 1 -> cutHead(group, known, 1 + random.nextInt(5));
      case 2 -> {
        if (!known.entries.isEmpty()) {
          long kept = known.entries.lastKey() - random.nextInt(3);
          if (kept >= known.first) {
            group.truncateSuffix(kept);
            known.entries.tailMap(kept, false).clear();
          }
        }
      }
      case 3 -> {
        return failedSync(log, name, group, known);
      }
      case 4 -> cutHead(group, known, 1 + random.nextInt(known.entries.size() + 3));
      case 5 -> {
        known.first = 1 + random.nextInt(100);
        known.entries.clear();
        group.reset(known.first);
      }
      case 6 -> {
        known.first = 1;
        known.entries.clear();
        log.forget(name);
      }
      default -> append(group, known, true);
    }
    return null;
  }

  /** Perhaps all, and more than there is, as where a snapshot reaches further than the log. */
  private static void cutHead(GroupLog group, Told known, int entries) {
    known.first += entries;
    known.entries.headMap(known.first).clear();
    group.truncatePrefix(known.first);
  }

  /** What was written by a failed sync may be there or not; what comes after it must wait. */
  private @Nullable String failedSync(SharedLog log, String name, GroupLog group, Told known)
      throws IOException {
    syncFails = true;
    boolean lied = append(group, known, false);
    syncFails = false;
    boolean went = append(group, known, false);
    if (lied || went) {
      return "the log of " + name + " acknowledges after a sync that failed";
    }
    log.reopen();
    GroupLog again = log.group(name);
    again.load();
    again.truncateSuffix(known.entries.isEmpty() ? known.first - 1 : known.entries.lastKey());
    return null;
  }

  private boolean append(GroupLog group, Told known, boolean remember) {
    long next = known.entries.isEmpty() ? known.first : known.entries.lastKey() + 1;
    List<LogEntry> entries = new ArrayList<>();
    Map<Long, byte[]> written = new HashMap<>();
    for (int i = random.nextInt(1, 5); i > 0; i--, next++) {
      byte[] data = new byte[random.nextInt(random.nextInt(4) == 0 ? 60_000 : 400)];
      for (int at = 0; at < data.length; at++) {
        data[at] = (byte) random.nextInt();
      }
      LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
      entry.setId(new LogId(next, known.term));
      entry.setData(ByteBuffer.wrap(data));
      entries.add(entry);
      written.put(next, data);
    }
    boolean done = group.appendEntries(entries) == entries.size();
    if (done && remember) {
      known.entries.putAll(written);
    }
    return done;
  }

  /** What befalls the files of a node that was killed; returns whether they may be refused. */
  private boolean harm(Path files) throws IOException {
    List<Path> logs = list(files, ".log");
    Path newest = logs.get(logs.size() - 1);
    switch (random.nextInt(7)) {
      case 0 -> {
        return false;
      }
      case 1 -> {
        tear(newest);
        return false;
      }
      case 2 -> {
        flipHeader(newest, Files.size(newest) / BLOCK * BLOCK);
        return true;
      }
      case 3 -> {
        flipHeader(newest, 0);
        return true;
      }
      default -> {
        byte[] bytes = Files.readAllBytes(newest);
        if (bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          Files.write(newest, bytes);
        }
        return true;
      }
    }
  }

  /** The beginning of a record that was being written. */
  private void tear(Path file) throws IOException {
    long left = BLOCK - Files.size(file) % BLOCK;
    if (left <= 3 * HEADER) {
      return;
    }
    byte[] record = new byte[random.nextInt(1, (int) Math.min(left - HEADER, 2_000))];
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(random.nextInt()).putShort((short) (left - HEADER)).put((byte) 1);
    System.arraycopy(header.array(), 0, record, 0, Math.min(HEADER, record.length));
    Files.write(file, record, StandardOpenOption.APPEND);
  }

  /** One bit of what stands before a record: its checksum, length or type. */
  private void flipHeader(Path file, long from) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> records = new ArrayList<>();
    for (int at = (int) from; at + HEADER <= bytes.length; ) {
      if (at % BLOCK > BLOCK - HEADER) {
        at = (at / BLOCK + 1) * BLOCK; // what no header fits into is filled
        continue;
      }
      records.add(at);
      at += HEADER + Short.toUnsignedInt(view.getShort(at + 4));
    }
    if (!records.isEmpty()) {
      int at = records.get(random.nextInt(records.size()));
      bytes[at + random.nextInt(HEADER)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bytes);
    }
  }

  /** An error is an answer; anything else must be what was acknowledged. */
  private @Nullable String compare(SharedLog log, boolean mayRefuse) throws IOException {
    for (Map.Entry<String, Told> each : told.entrySet()) {
      String name = each.getKey();
      Told known = each.getValue();
      GroupVote vote = log.vote(name);
      vote.load();
      if (vote.getTerm() != known.term || !vote.getVotedFor().toString().equals(vote(known))) {
        return name
            + " voted in term "
            + known.term
            + " for "
            + known.vote
            + ", and remembers term "
            + vote.getTerm()
            + " and "
            + vote.getVotedFor();
      }
      GroupLog group = log.group(name);
      group.load();
      long last = known.entries.isEmpty() ? 0 : known.entries.lastKey();
      if (group.getFirstLogIndex() != known.first || group.getLastLogIndex() != last) {
        return name
            + " holds entries "
            + known.first
            + " to "
            + last
            + ", and remembers "
            + group.getFirstLogIndex()
            + " to "
            + group.getLastLogIndex();
      }
      for (Map.Entry<Long, byte[]> entry : known.entries.entrySet()) {
        LogEntry read = group.getEntry(entry.getKey());
        if (read == null && mayRefuse) {
          break; // told as an error of the replica
        }
        if (read == null) {
          return name + " has lost entry " + entry.getKey() + " of an undamaged log";
        }
        ByteBuffer data = read.getData();
        byte[] bytes = new byte[data == null ? 0 : data.remaining()];
        if (data != null) {
          data.duplicate().get(bytes);
        }
        if (!Arrays.equals(bytes, entry.getValue())) {
          return name + " remembers another entry " + entry.getKey();
        }
      }
    }
    return null;
  }

  private static String vote(Told known) {
    return known.vote.isEmpty() ? PeerId.emptyPeer().toString() : known.vote;
  }

  private static List<Path> list(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.toString().endsWith(end))
          .sorted(Comparator.comparing(f -> f.getFileName().toString()))
          .toList();
    }
  }

  /**
   * As a process leaves its files that is killed at some moment: nothing is written while they are
   * copied, neither by this thread nor by those of RocksDB, or they are copied again.
   */
  private static void copy(Path from, Path to) throws IOException {
    while (true) {
      try {
        Map<String, Long> before = sizes(from);
        Files.createDirectories(to);
        for (String file : before.keySet()) {
          Files.copy(from.resolve(file), to.resolve(file));
        }
        if (before.equals(sizes(from))) {
          return;
        }
      } catch (NoSuchFileException e) {
        // RocksDB has deleted it since it was listed
      }
      if (Files.exists(to)) {
        delete(to);
      }
    }
  }

  private static Map<String, Long> sizes(Path folder) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    for (Path file : list(folder, "")) {
      String name = file.getFileName().toString();
      if (!name.equals("LOCK") && !name.startsWith("LOG")) {
        sizes.put(name, Files.size(file));
      }
    }
    return sizes;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path each : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(each);
      }
    }
  }
}
