package kvstore.replication.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedLogTest {

  private static final SharedLogOptions SMALL =
      new SharedLogOptions(256 << 10, 2, 1 << 20, 256 << 10, 1 << 20, 16 << 20);

  @TempDir Path dir;

  static LogEntry data(long index, long term, byte[] payload) {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(index, term));
    entry.setData(ByteBuffer.wrap(payload));
    return entry;
  }

  private static LogEntry data(long index, long term, String payload) {
    return data(index, term, payload.getBytes(StandardCharsets.UTF_8));
  }

  private static LogEntry configuration(long index, long term, String... peers) {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
    entry.setId(new LogId(index, term));
    entry.setPeers(Stream.of(peers).map(PeerId::parsePeer).toList());
    return entry;
  }

  private static String text(LogEntry entry) {
    return StandardCharsets.UTF_8.decode(entry.getData().duplicate()).toString();
  }

  private static ConfigurationManager init(GroupLog group) {
    ConfigurationManager configurations = new ConfigurationManager();
    LogStorageOptions options = new LogStorageOptions();
    options.setConfigurationManager(configurations);
    assertThat(group.init(options)).isTrue();
    return configurations;
  }

  private static List<LogEntry> run(long from, long to, int size) {
    return LongStream.rangeClosed(from, to)
        .mapToObj(i -> data(i, 1, "x".repeat(size)))
        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
  }

  /** Entries of 500 bytes. */
  private static void appendHundreds(GroupLog group, long from, long to) {
    for (long i = from; i < to; i++) {
      assertThat(group.appendEntries(run(i * 100 + 1, i * 100 + 100, 500))).isEqualTo(100);
    }
  }

  @Test
  void whatWasAppendedIsReadBackAfterReopening() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(1);
      assertThat(group.getLastLogIndex()).isZero();
      assertThat(
              group.appendEntries(
                  List.of(configuration(1, 1, "a:1", "b:1"), data(2, 1, "two"), data(3, 2, ""))))
          .isEqualTo(3);
    }
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      ConfigurationManager configurations = init(group);
      assertThat(group.getLastLogIndex()).isEqualTo(3);
      assertThat(text(group.getEntry(2))).isEqualTo("two");
      assertThat(group.getTerm(3)).isEqualTo(2);
      assertThat(group.getEntry(4)).isNull();
      assertThat(group.getEntry(1).getPeers()).hasSize(2);
      assertThat(configurations.getLastConfiguration().getConf().listPeers())
          .containsExactlyInAnyOrder(PeerId.parsePeer("a:1"), PeerId.parsePeer("b:1"));
    }
  }

  @Test
  void appendingLeavesTheEntrysDataUnread() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      LogEntry small = data(1, 1, "small");
      LogEntry large = data(2, 1, new byte[1 << 20]);
      group.appendEntries(List.of(small, large));
      assertThat(small.getData().remaining()).isEqualTo(5);
      assertThat(large.getData().remaining()).isEqualTo(1 << 20);
      assertThat(group.getEntry(2).getData().remaining()).isEqualTo(1 << 20);
    }
  }

  @Test
  void groupsDoNotSeeEachOther() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog first = log.group("first");
      GroupLog second = log.group("second");
      init(first);
      init(second);
      first.appendEntries(List.of(data(1, 1, "f1"), data(2, 1, "f2")));
      second.appendEntries(List.of(data(1, 7, "s1")));
      first.reset(10);
      assertThat(text(second.getEntry(1))).isEqualTo("s1");
      assertThat(second.getLastLogIndex()).isEqualTo(1);
      assertThat(first.getFirstLogIndex()).isEqualTo(10);
      assertThat(first.getEntry(1)).isNull();
    }
  }

  @Test
  void aCutTailIsGoneAndCanBeWrittenAnew() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      group.appendEntries(
          List.of(data(1, 1, "a"), configuration(2, 1, "a:1"), data(3, 1, "c"), data(4, 1, "d")));
      assertThat(group.truncateSuffix(1)).isTrue();
      assertThat(group.appendEntries(List.of(data(2, 2, "B")))).isEqualTo(1);
    }
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      assertThat(init(group).getLastConfiguration().isEmpty()).isTrue();
      assertThat(group.getLastLogIndex()).isEqualTo(2);
      assertThat(text(group.getEntry(2))).isEqualTo("B");
      assertThat(group.getEntry(3)).isNull();
    }
  }

  @Test
  void anEntryOutOfOrderIsRefused() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.appendEntries(List.of(data(2, 1, "gap")))).isZero();
    }
  }

  @Test
  void droppingTheHeadGivesDiskSpaceBack() throws IOException {
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      appendHundreds(group, 0, 400);
      long before = diskBytes();
      assertThat(before).isGreaterThan(15 << 20);
      assertThat(group.truncatePrefix(39_901)).isTrue();
      assertThat(group.getFirstLogIndex()).isEqualTo(39_901);
      assertThat(group.getEntry(39_900)).isNull();
      assertThat(group.getEntry(39_901)).isNotNull();
      Awaitility.await().untilAsserted(() -> assertThat(diskBytes()).isLessThan(before / 4));
    }
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(39_901);
      assertThat(group.getLastLogIndex()).isEqualTo(40_000);
    }
  }

  /** Of what is kept no file is written again, however much is appended afterwards. */
  @Test
  void droppingTheHeadLeavesTheOtherFilesAsTheyAre() throws IOException {
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      appendHundreds(group, 0, 200);
      assertThat(group.truncatePrefix(10_251)).isTrue();
      appendHundreds(group, 200, 201); // into the write buffer that knows of the cut
    }
    Set<String> kept = files(".sst");
    assertThat(kept).hasSizeGreaterThan(10);
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(10_251);
      appendHundreds(group, 201, 240);
      assertThat(group.getEntry(10_250)).isNull();
      Awaitility.await().until(() -> log.told("rocksdb.num-files-at-level0") < 2);
    }
    assertThat(files(".sst")).containsAll(kept).hasSizeGreaterThan(kept.size());
  }

  /** What stays on disk of a head that was cut, since its file holds more, is of no effect. */
  @Test
  void whatIsLeftOfAHeadIsNotSeenAgain() throws IOException {
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      appendHundreds(group, 0, 40);
      Awaitility.await().until(() -> log.told("rocksdb.num-files-at-level0") < 2);
      assertThat(group.truncatePrefix(4_500)).isTrue(); // beyond the last, as a snapshot may be
      assertThat(log.lastIndex(1)).isEqualTo(4_000); // in the write buffer, which is not dropped
    }
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(4_500);
      assertThat(group.getLastLogIndex()).isZero();
      assertThat(group.getEntry(4_000)).isNull();
      assertThat(group.reset(100)).isTrue();
      assertThat(group.appendEntries(List.of(data(100, 2, "anew")))).isEqualTo(1);
    }
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(100);
      assertThat(group.getLastLogIndex()).isEqualTo(100);
      assertThat(text(group.getEntry(100))).isEqualTo("anew");
      appendHundreds(group, 1, 40); // 101 to 4,000
      assertThat(group.truncatePrefix(3_333)).isTrue();
      log.forget("g");
    }
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(1);
      assertThat(group.getLastLogIndex()).isZero();
    }
  }

  @Test
  void aLogEmptiedByItsHeadGoesOnWhereItEnded() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      group.appendEntries(run(1, 5, 1));
      group.truncatePrefix(9);
    }
    try (SharedLog log = SharedLog.open(dir)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getFirstLogIndex()).isEqualTo(9);
      assertThat(group.getLastLogIndex()).isZero();
      assertThat(group.appendEntries(List.of(data(9, 3, "nine")))).isEqualTo(1);
    }
  }

  @Test
  void termAndVoteSurviveReopening() throws IOException {
    try (SharedLog log = SharedLog.open(dir)) {
      GroupVote vote = log.vote("g");
      vote.load();
      assertThat(vote.getTerm()).isZero();
      assertThat(vote.getVotedFor().isEmpty()).isTrue();
      assertThat(vote.setTermAndVotedFor(7, PeerId.parsePeer("b:1"))).isTrue();
    }
    try (SharedLog log = SharedLog.open(dir)) {
      GroupVote vote = log.vote("g");
      vote.load();
      assertThat(vote.getTerm()).isEqualTo(7);
      assertThat(vote.getVotedFor()).isEqualTo(PeerId.parsePeer("b:1"));
      assertThat(vote.setTermAndVotedFor(8, PeerId.emptyPeer())).isTrue();
      vote.load();
      assertThat(vote.getVotedFor().isEmpty()).isTrue();
    }
  }

  /**
   * After a failed sync the kernel may hold pages for clean that never reached the disk, and the
   * next sync succeeds without them. So nothing counts on the strength of a later sync: the log
   * takes no writes until it is read again, and what is read is written anew, to other files.
   */
  @Test
  void afterAFailedSyncNothingCountsUntilItIsReadAgainAndWrittenAnew() throws IOException {
    AtomicBoolean failing = new AtomicBoolean();
    DiskFaults faults =
        new DiskFaults() {
          @Override
          public void beforeWrite() {}

          @Override
          public void afterWrite() throws IOException {
            if (failing.get()) {
              throw new IOException("Input/output error");
            }
          }
        };
    try (SharedLog log = SharedLog.open(dir, SMALL, faults)) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.appendEntries(List.of(data(1, 1, "a")))).isEqualTo(1);
      failing.set(true);
      assertThat(group.appendEntries(List.of(data(2, 1, "b")))).isZero();
      failing.set(false);
      assertThat(group.appendEntries(List.of(data(2, 1, "b")))).isZero();
      assertThat(log.vote("g").setTerm(9)).isFalse();
      assertThat(log.diskBytes()).isZero(); // all of it in the file whose sync failed

      log.reopen();

      assertThat(log.diskBytes()).isPositive();
      GroupLog again = log.group("g");
      init(again);
      assertThat(again.getLastLogIndex()).isEqualTo(2);
    }
  }

  @Test
  void afterAFailedWriteNothingIsWrittenUntilReopened() throws IOException {
    AtomicBoolean full = new AtomicBoolean();
    DiskFaults faults =
        () -> {
          if (full.get()) {
            throw new IOException("No space left on device");
          }
        };
    try (SharedLog log = SharedLog.open(dir, SMALL, faults)) {
      GroupLog group = log.group("g");
      init(group);
      List<IOException> causes = new ArrayList<>();
      group.onFailure(causes::add);
      assertThat(group.appendEntries(List.of(data(1, 1, "a")))).isEqualTo(1);
      full.set(true);
      assertThat(group.appendEntries(List.of(data(2, 1, "b")))).isZero();
      full.set(false);
      assertThat(group.appendEntries(List.of(data(2, 1, "b")))).isZero();
      assertThat(log.vote("g").setTerm(9)).isFalse();
      assertThat(causes).hasSize(2).allMatch(SharedLog::isNoSpace);

      log.reopen();

      GroupLog again = log.group("g");
      init(again);
      assertThat(again.appendEntries(List.of(data(2, 1, "b")))).isEqualTo(1);
    }
  }

  /** One takes what the other waits for, unless both take it in the same order. */
  @Test
  void isReadAgainWhileNewGroupsAreNumbered() throws Exception {
    SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE);
    AtomicBoolean done = new AtomicBoolean();
    try {
      CompletableFuture<Void> numbering = start(() -> numberGroups(log, done));
      CompletableFuture<Void> reading = start(() -> readAgain(log, 30));
      reading.get(60, TimeUnit.SECONDS);
      done.set(true);
      numbering.get(60, TimeUnit.SECONDS);
    } finally {
      done.set(true);
    }
    log.close(); // only then: if both wait for each other it would wait too
  }

  private static CompletableFuture<Void> start(Runnable task) {
    return CompletableFuture.runAsync(
        task,
        run -> {
          Thread thread = new Thread(run, "shared-log-test");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private static void readAgain(SharedLog log, int times) {
    try {
      for (int i = 0; i < times; i++) {
        log.reopen();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void numberGroups(SharedLog log, AtomicBoolean done) {
    try {
      for (int i = 0; !done.get(); i++) {
        log.group("g" + i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aTornLastRecordIsCutOffAndTheRestKept() throws IOException {
    appendThreeAndAbandon();
    Path wal = lastWriteAheadFile();
    try (RandomAccessFile file = new RandomAccessFile(wal.toFile(), "rw")) {
      file.setLength(file.length() - 10);
    }
    try (SharedLog log = SharedLog.open(dir.resolve("copy"))) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(group.getLastLogIndex()).isEqualTo(299);
      assertThat(group.getEntry(299)).isNotNull();
      assertThat(group.appendEntries(List.of(data(300, 1, "again")))).isEqualTo(1);
    }
    try (SharedLog log = SharedLog.open(dir.resolve("copy"))) {
      GroupLog group = log.group("g");
      init(group);
      assertThat(text(group.getEntry(300))).isEqualTo("again");
    }
  }

  @Test
  void aByteFlippedInTheMiddleIsAnErrorAndNotForgetting() throws IOException {
    appendThreeAndAbandon();
    for (double where : new double[] {0.1, 0.5, 0.9}) {
      Path wal = lastWriteAheadFile();
      byte[] sound = Files.readAllBytes(wal);
      byte[] damaged = sound.clone();
      damaged[(int) (damaged.length * where)] ^= 0x10;
      Files.write(wal, damaged);
      assertThatThrownBy(() -> SharedLog.open(dir.resolve("copy")))
          .as("byte flipped at %s of the file", where)
          .isInstanceOf(LogCorruptedException.class)
          .hasMessageContaining("must join again");
      Files.write(wal, sound);
    }
    SharedLog.open(dir.resolve("copy")).close();
  }

  /** A length that points behind the end of the file looks like a torn record to RocksDB. */
  @Test
  void aFlippedLengthIsNotTakenForATornRecord() throws IOException {
    appendThreeAndAbandon();
    Path wal = lastWriteAheadFile();
    byte[] sound = Files.readAllBytes(wal);
    int block = sound.length / (32 << 10) * (32 << 10);
    ByteBuffer view = ByteBuffer.wrap(sound).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int records = 0;
    for (int at = block; at + 7 <= sound.length; records++) {
      byte[] damaged = sound.clone();
      damaged[at + 5] ^= (byte) 0x80;
      Files.write(wal, damaged);
      assertThatThrownBy(() -> SharedLog.open(dir.resolve("copy")))
          .as("record " + records + " of the last block")
          .isInstanceOf(LogCorruptedException.class);
      at += 7 + Short.toUnsignedInt(view.getShort(at + 4));
    }
    assertThat(records).isGreaterThan(3);
    Files.write(wal, sound);
    SharedLog.open(dir.resolve("copy")).close();
  }

  @Test
  void aDamagedFileIsNoticedWhenRead() throws IOException {
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      init(group);
      for (int i = 0; i < 20; i++) {
        group.appendEntries(run(i * 100L + 1, i * 100L + 100, 500));
      }
    }
    // All of them: some may be left over from a compaction and never read again.
    try (Stream<Path> files = Files.list(dir)) {
      for (Path table : files.filter(f -> f.toString().endsWith(".sst")).toList()) {
        byte[] bytes = Files.readAllBytes(table);
        if (bytes.length > 100_000) {
          for (int i = 200; i < bytes.length / 2; i += 1000) {
            bytes[i] ^= 1;
          }
          Files.write(table, bytes);
        }
      }
    }
    List<IOException> causes = new ArrayList<>();
    try (SharedLog log = SharedLog.open(dir, SMALL, DiskFaults.NONE)) {
      GroupLog group = log.group("g");
      group.onFailure(causes::add);
      LogStorageOptions options = new LogStorageOptions();
      options.setConfigurationManager(new ConfigurationManager());
      boolean opened = group.init(options);
      for (long i = 1; opened && i <= 2000 && causes.isEmpty(); i++) {
        group.getEntry(i);
      }
      assertThat(causes).isNotEmpty();
      assertThat(causes.get(0)).isInstanceOf(LogCorruptedException.class);
      assertThat(group.appendEntries(List.of(data(2001, 1, "no")))).isZero();
    } catch (LogCorruptedException e) {
      assertThat(e).hasMessageContaining("must join again");
    }
  }

  @Test
  void anEntryUnderAnotherKeyIsNoEntry() {
    LogEntry entry = data(5, 1, "x");
    ByteBuffer out = ByteBuffer.allocate(EntryFormat.size(entry));
    EntryFormat.write(1, entry, out);
    assertThatThrownBy(() -> EntryFormat.read(1, 6, out.array()))
        .isInstanceOf(LogCorruptedException.class);
    assertThatThrownBy(() -> EntryFormat.read(2, 5, out.array()))
        .isInstanceOf(LogCorruptedException.class);
  }

  /** Copies the directory while the log is open, which is what a killed process leaves. */
  private void appendThreeAndAbandon() throws IOException {
    Path live = dir.resolve("live");
    try (SharedLog log = SharedLog.open(live)) {
      GroupLog group = log.group("g");
      init(group);
      for (int i = 0; i < 300; i++) {
        group.appendEntries(run(i + 1L, i + 1L, 1000));
      }
      copy(live, dir.resolve("copy"));
    }
  }

  private Path lastWriteAheadFile() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve("copy"))) {
      return files
          .filter(f -> f.toString().endsWith(".log"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private Set<String> files(String ending) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .collect(Collectors.toSet());
    }
  }

  private long diskBytes() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.mapToLong(f -> f.toFile().length()).sum();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.getFileName().toString().equals("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }
}
