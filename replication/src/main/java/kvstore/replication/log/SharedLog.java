package kvstore.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Range;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one log of a node, shared by all its groups, so that one fsync serves whoever waits for it:
 * RocksDB gathers the synced batches of concurrent writers into one write and one sync. It also
 * keeps what each group must never forget: its term and its vote.
 *
 * <p>All methods may be called by any thread; writes block until the bytes are on disk. After a
 * write has failed nothing more is written until {@link #reopen}: what the disk then holds is known
 * only after reading it again.
 *
 * <p>A torn last record, as a crash leaves it, is cut off on opening. Anything else that cannot be
 * read is a {@link LogCorruptedException}, and the log stays closed.
 */
public final class SharedLog implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(SharedLog.class);
  private static final int FORMAT_VERSION = 1;

  private final Path directory;
  private final SharedLogOptions options;
  private final DiskFaults faults;

  /** Read-held while the database is used, write-held to open or close it. */
  private final StampedLock gate = new StampedLock();

  private final Map<String, Integer> groups = new HashMap<>();

  /** Where the logs ended that were forgotten; by group number. */
  private final Map<Integer, LogPlace> formerEnds = new ConcurrentHashMap<>();

  private @Nullable LogDatabase database;
  private volatile @Nullable IOException failure;

  private SharedLog(Path directory, SharedLogOptions options, DiskFaults faults) {
    this.directory = directory;
    this.options = options;
    this.faults = faults;
  }

  /** A use of the database. */
  private interface Use<T> {
    T run(LogDatabase database) throws RocksDBException, IOException;
  }

  /** Fills a batch. */
  interface Filler {
    void fill(WriteBatch batch, ColumnFamilyHandle book, ColumnFamilyHandle entries)
        throws RocksDBException;
  }

  public static SharedLog open(Path directory) throws IOException {
    return open(directory, SharedLogOptions.DEFAULT, DiskFaults.NONE);
  }

  /**
   * Opens or creates the log.
   *
   * @throws LogCorruptedException if it is damaged beyond a torn last record
   */
  public static SharedLog open(Path directory, SharedLogOptions options, DiskFaults faults)
      throws IOException {
    SharedLog log = new SharedLog(directory, options, faults);
    log.reopen();
    return log;
  }

  /** Closes the log if it is open, forgets a failure and reads the log from disk again. */
  public synchronized void reopen() throws IOException { // this before the gate, as in number()
    long stamp = gate.writeLock();
    boolean opened = false;
    try {
      closeDatabase();
      if (failure == null) {
        failure = new IOException("the shared log in " + directory + " is not open");
      }
      Files.createDirectories(directory);
      WriteAheadTail.check(directory);
      LogDatabase open = LogDatabase.open(directory, options);
      database = open;
      readBook(open);
      open.look();
      failure = null;
      opened = true;
    } catch (RocksDBException e) {
      failure = translate(e);
      throw failure;
    } catch (IOException e) {
      failure = e;
      throw e;
    } finally {
      if (!opened) {
        closeDatabase();
      }
      gate.unlockWrite(stamp);
    }
  }

  /** Why writes fail until {@link #reopen}, or null while all is well. */
  public @Nullable IOException failure() {
    return failure;
  }

  /** Whether a failure means that the disk is full. */
  public static boolean isNoSpace(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (t instanceof RocksDBException rocks && rocks.getStatus() != null) {
        Status.SubCode sub = rocks.getStatus().getSubCode();
        if (sub == Status.SubCode.NoSpace) {
          return true;
        }
      }
      if (message != null && message.contains("No space left on device")) {
        return true;
      }
    }
    return false;
  }

  /** The storage of one group, for one life of its replica. */
  public GroupLog group(String name) throws IOException {
    return new GroupLog(this, name, number(name));
  }

  /** The term and vote of one group, for one life of its replica. */
  public GroupVote vote(String name) throws IOException {
    return new GroupVote(this, number(name));
  }

  /**
   * Where the group's log once ended here, before it was forgotten; null if it never was. Until it
   * has got there again the replica must neither vote for a log that ends earlier nor be elected:
   * it acknowledged what it does not hold any more.
   */
  public @Nullable LogPlace formerEnd(String name) throws IOException {
    return formerEnds.get(number(name));
  }

  /** Keeps in mind where the group's log ends, if no former one ended later; durable on return. */
  public void rememberEnd(String name, LogPlace end) throws IOException {
    int number = number(name);
    LogPlace known = formerEnds.get(number);
    if (known == null || end.isAfter(known.term(), known.index())) {
      byte[] key = LogKeys.ofGroup(LogKeys.FORMER_END, number);
      ByteBuffer value = ByteBuffer.allocate(2 * Long.BYTES);
      value.putLong(end.term()).putLong(end.index());
      byte[] sealed = BookRecord.seal(key, value.array());
      write((batch, book, entries) -> batch.put(book, key, sealed));
      formerEnds.put(number, end);
    }
  }

  /**
   * Forgets a group's entries. Term and vote stay, as what {@link #rememberEnd} was told: the
   * replica may come back. Only for a replica that has left its group.
   */
  public void forget(String name) throws IOException {
    int number = number(name);
    write((batch, book, entries) -> {
      deleteEntries(batch, entries, number, 0, Long.MAX_VALUE);
      batch.deleteRange(book, LogKeys.configuration(number, 0), LogKeys.configuration(number, -1L));
      batch.delete(book, LogKeys.ofGroup(LogKeys.START, number));
    });
    dropFiles(number, Long.MAX_VALUE);
  }

  @Override
  public void close() {
    long stamp = gate.writeLock();
    try {
      closeDatabase();
      failure = new IOException("the shared log is closed");
    } finally {
      gate.unlockWrite(stamp);
    }
  }

  /** Writes a batch and syncs it: on return it is durable. */
  void write(Filler filler) throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException("the shared log refuses writes since an earlier failure", failed);
    }
    try {
      use(open -> {
        faults.beforeWrite();
        try (WriteBatch batch = new WriteBatch()) {
          filler.fill(batch, open.book(), open.entries());
          open.db().write(open.synced(), batch);
          open.wrote(batch.getDataSize());
        }
        faults.afterWrite();
        return true;
      });
    } catch (IOException e) {
      fail(e);
      throw e;
    }
  }

  /** Records the first failure; the log takes no more writes. */
  private void fail(IOException e) {
    if (failure == null) {
      failure = e;
      LOGGER.error("The shared log in {} takes no more writes: {}", directory, e.getMessage());
    }
  }

  byte @Nullable [] readEntry(int group, long index) throws IOException {
    byte[] key = LogKeys.entry(group, index);
    return use(open -> open.db().get(open.entries(), open.reads(), key));
  }

  @Nullable ByteBuffer readBook(byte[] key) throws IOException {
    byte[] sealed = use(open -> open.db().get(open.book(), open.reads(), key));
    return sealed == null ? null : BookRecord.open(key, sealed);
  }

  /** The last index stored for a group, or 0. */
  long lastIndex(int group) throws IOException {
    return use(open -> {
      try (RocksIterator iterator = open.db().newIterator(open.entries(), open.reads())) {
        iterator.seekForPrev(LogKeys.entry(group, Long.MAX_VALUE));
        iterator.status();
        if (!iterator.isValid()) {
          return 0L;
        }
        ByteBuffer key = ByteBuffer.wrap(iterator.key());
        return key.getInt() == group ? key.getLong() : 0L;
      }
    });
  }

  /** Hands over the configuration entries of a group from {@code first} on. */
  void configurations(int group, long first, EntryReader reader) throws IOException {
    use(open -> {
      try (RocksIterator iterator = open.db().newIterator(open.book(), open.reads())) {
        for (iterator.seek(LogKeys.configuration(group, first));
            iterator.isValid();
            iterator.next()) {
          ByteBuffer key = ByteBuffer.wrap(iterator.key());
          if (key.get() != LogKeys.CONFIGURATION || key.getInt() != group) {
            break;
          }
          reader.read(key.getLong(), iterator.value());
        }
        iterator.status();
      }
      return true;
    });
  }

  /** Takes an entry's bytes. */
  interface EntryReader {
    void read(long index, byte[] value) throws IOException;
  }

  /**
   * Frees what entries [0, {@code to}) take on disk; their start is behind them already. Files that
   * hold nothing else are dropped. What is left in others is deleted if it is as much again; if not
   * it stays until a later call, for a deletion that reaches back to the first entry makes RocksDB
   * write all that is kept anew.
   */
  void dropHead(int group, long to) throws IOException {
    long before = approximateBytes(group, to);
    dropFiles(group, to);
    if (2 * approximateBytes(group, to) >= before) {
      write((batch, book, entries) -> deleteEntries(batch, entries, group, 0, to));
    }
  }

  private long approximateBytes(int group, long to) throws IOException {
    return use(open -> {
      try (Slice begin = new Slice(LogKeys.entry(group, 0));
          Slice end = new Slice(LogKeys.entry(group, to))) {
        return open.db()
            .getApproximateSizes(
                open.entries(),
                List.of(new Range(begin, end)),
                SizeApproximationFlag.INCLUDE_FILES,
                SizeApproximationFlag.INCLUDE_MEMTABLES)[0];
      }
    });
  }

  /**
   * Drops the files that hold nothing but entries of [0, {@code to}), none of which is read again.
   * Older versions of some may come to light by it, in files that stay: so whoever lowers a start
   * deletes all entries in the same batch.
   */
  void dropFiles(int group, long to) throws IOException {
    byte[] begin = LogKeys.entry(group, 0);
    byte[] end = LogKeys.entry(group, to);
    use(open -> {
      open.db().deleteFilesInRanges(open.entries(), List.of(begin, end), false);
      return true;
    });
  }

  static void deleteEntries(
      WriteBatch batch, ColumnFamilyHandle entries, int group, long from, long to)
      throws RocksDBException {
    batch.deleteRange(entries, LogKeys.entry(group, from), LogKeys.entry(group, to));
  }

  /** Bytes in files, as the database reports them. */
  public long diskBytes() {
    try {
      return told("rocksdb.total-sst-files-size");
    } catch (IOException e) {
      return 0;
    }
  }

  /** A number that the database tells of the entries. */
  long told(String property) throws IOException {
    return use(open -> open.told(property));
  }

  /** What compactions, and flushes, may write now. */
  long bytesPerSecond() throws IOException {
    return use(open -> open.pace().limiter().getBytesPerSecond());
  }

  private <T extends @Nullable Object> T use(Use<T> use) throws IOException {
    long stamp = gate.readLock();
    try {
      LogDatabase open = database;
      if (open == null) {
        throw new IOException("the shared log in " + directory + " is not open", failure);
      }
      return use.run(open);
    } catch (RocksDBException e) {
      throw translate(e);
    } finally {
      gate.unlockRead(stamp);
    }
  }

  private synchronized int number(String name) throws IOException {
    Integer known = groups.get(name);
    if (known != null) {
      return known;
    }
    int next = groups.values().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    byte[] key = LogKeys.group(name);
    byte[] value = BookRecord.seal(key, ByteBuffer.allocate(Integer.BYTES).putInt(next).array());
    write((batch, book, entries) -> batch.put(book, key, value));
    groups.put(name, next);
    return next;
  }

  /** Reads the format and the group numbers; called with the gate and this held. */
  private void readBook(LogDatabase open) throws RocksDBException, IOException {
    byte[] key = LogKeys.format();
    byte[] sealed = open.db().get(open.book(), open.reads(), key);
    if (sealed == null) {
      byte[] version = ByteBuffer.allocate(Integer.BYTES).putInt(FORMAT_VERSION).array();
      open.db().put(open.book(), open.synced(), key, BookRecord.seal(key, version));
    } else {
      int version = BookRecord.open(key, sealed).getInt();
      if (version != FORMAT_VERSION) {
        throw new IOException(
            "expected a shared log of format "
                + FORMAT_VERSION
                + ", but "
                + directory
                + " has format "
                + version
                + "; use a newer version of this program");
      }
    }
    readGroups(open);
  }

  private void readGroups(LogDatabase open) throws RocksDBException, IOException {
    Map<String, Integer> found = new HashMap<>();
    try (RocksIterator iterator = open.db().newIterator(open.book(), open.reads())) {
      for (iterator.seek(new byte[] {LogKeys.GROUP}); iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (key[0] != LogKeys.GROUP) {
          break;
        }
        String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
        found.put(name, BookRecord.open(key, iterator.value()).getInt());
      }
      iterator.status();
    }
    groups.clear();
    groups.putAll(found);
    readFormerEnds(open);
  }

  private void readFormerEnds(LogDatabase open) throws RocksDBException, IOException {
    Map<Integer, LogPlace> found = new HashMap<>();
    try (RocksIterator iterator = open.db().newIterator(open.book(), open.reads())) {
      for (iterator.seek(new byte[] {LogKeys.FORMER_END}); iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (key[0] != LogKeys.FORMER_END) {
          break;
        }
        ByteBuffer value = BookRecord.open(key, iterator.value());
        found.put(
            ByteBuffer.wrap(key, 1, Integer.BYTES).getInt(),
            new LogPlace(value.getLong(), value.getLong()));
      }
      iterator.status();
    }
    formerEnds.clear();
    formerEnds.putAll(found);
  }

  private IOException translate(RocksDBException e) {
    Status status = e.getStatus();
    if (status != null && status.getCode() == Status.Code.Corruption) {
      return new LogCorruptedException(
          "expected a sound shared log in "
              + directory
              + ", but it is damaged ("
              + e.getMessage()
              + "); this node must join again with an empty directory",
          e);
    }
    return new IOException("the shared log in " + directory + " failed: " + e.getMessage(), e);
  }

  private void closeDatabase() {
    LogDatabase open = database;
    database = null;
    if (open != null) {
      open.close();
    }
  }
}
