package kvstore.replication.log;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group's part of the {@link SharedLog}, as the Raft library wants it. Entries are appended,
 * cut and reset by one thread at a time; they are read by any thread.
 *
 * <p>The library's interface has no exceptions: failures are told as false, 0 or null, which it
 * takes for an error of the replica, and to the listener with their cause.
 */
public final class GroupLog implements LogStorage {

  private static final Logger LOGGER = LoggerFactory.getLogger(GroupLog.class);

  /** Larger entries go through the heap. */
  private static final int MOST_SCRATCH_BYTES = 256 << 10;

  private static final int LEAST_SCRATCH_BYTES = 4 << 10;

  private final SharedLog log;
  private final String name;
  private final int number;
  private final AtomicLong appendedBytes = new AtomicLong();
  private final ByteBuffer key = ByteBuffer.allocateDirect(LogKeys.ENTRY_BYTES);

  /** Grows with the entries: a group that is not used costs little. */
  private ByteBuffer scratch = ByteBuffer.allocateDirect(LEAST_SCRATCH_BYTES);

  private volatile Consumer<IOException> failures = e -> {};
  private volatile long firstIndex = 1;
  private volatile long lastIndex;

  private List<ConfigurationEntry> configurations = List.of();

  /** An entry could not be read: nothing more is acknowledged on top of it. */
  private volatile boolean broken;

  GroupLog(SharedLog log, String name, int number) {
    this.log = log;
    this.name = name;
    this.number = number;
  }

  /** Who is told the causes of failures. */
  public void onFailure(Consumer<IOException> listener) {
    failures = listener;
  }

  /** Bytes of entries appended since this object was made. */
  public long appendedBytes() {
    return appendedBytes.get();
  }

  /**
   * Reads the bounds of the log and checks its ends.
   *
   * @throws LogCorruptedException if entries that must be there are not
   */
  public void load() throws IOException {
    ByteBuffer start = log.readBook(LogKeys.ofGroup(LogKeys.START, number));
    long first = start == null ? 1 : start.getLong();
    long last = log.lastIndex(number);
    if (last != 0 && last < first) {
      last = 0;
    }
    firstIndex = first;
    lastIndex = last;
    if (last != 0) {
      require(first);
      require(last);
    }
    List<ConfigurationEntry> found = new ArrayList<>();
    log.configurations(
        number,
        first,
        (index, value) -> {
          if (index <= lastIndex) {
            found.add(configuration(EntryFormat.read(number, index, value)));
          }
        });
    configurations = found;
  }

  /** The members as of entry {@code index}, as {@link #load} found them; null if further back. */
  public @Nullable ConfigurationEntry loadedConfiguration(long index) {
    ConfigurationEntry newest = null;
    for (ConfigurationEntry entry : configurations) {
      if (entry.getId().getIndex() <= index) {
        newest = entry;
      }
    }
    return newest;
  }

  @Override
  public boolean init(LogStorageOptions options) {
    try {
      load();
      configurations.forEach(options.getConfigurationManager()::add);
      return true;
    } catch (IOException e) {
      broken = true;
      return failed("open", e);
    }
  }

  @Override
  public void shutdown() {}

  @Override
  public long getFirstLogIndex() {
    return firstIndex;
  }

  @Override
  public long getLastLogIndex() {
    return lastIndex;
  }

  @Override
  @SuppressWarnings("NullAway") // the library's interface answers null for "no such entry"
  public LogEntry getEntry(long index) {
    if (index < firstIndex || index > lastIndex) {
      return null;
    }
    try {
      LogEntry entry = require(index);
      return index < firstIndex ? null : entry; // a head dropped meanwhile may bring back what was
    } catch (IOException e) {
      if (index < firstIndex) {
        return null;
      }
      broken = true;
      failed("read", e);
      return null;
    }
  }

  @Override
  public long getTerm(long index) {
    LogEntry entry = getEntry(index);
    return entry == null ? 0 : entry.getId().getTerm();
  }

  @Override
  public boolean appendEntry(LogEntry entry) {
    return appendEntries(List.of(entry)) == 1;
  }

  @Override
  public int appendEntries(List<LogEntry> entries) {
    if (entries.isEmpty() || broken) {
      return 0;
    }
    try {
      long next = lastIndex == 0 ? firstIndex : lastIndex + 1;
      if (entries.get(0).getId().getIndex() != next) {
        throw new IOException(
            "expected entry "
                + next
                + " to be appended to "
                + name
                + ", but got "
                + entries.get(0));
      }
      log.write((batch, book, target) -> put(entries, batch, book, target));
      lastIndex = entries.get(entries.size() - 1).getId().getIndex();
      return entries.size();
    } catch (IOException e) {
      failed("append to", e);
      return 0;
    }
  }

  @Override
  public boolean truncatePrefix(long firstIndexKept) {
    long from = firstIndex;
    if (firstIndexKept <= from) {
      return true;
    }
    try {
      byte[] start = start(firstIndexKept);
      log.write((batch, book, entries) -> {
        batch.put(book, LogKeys.ofGroup(LogKeys.START, number), start);
        deleteConfigurations(batch, book, from, firstIndexKept);
      });
      firstIndex = firstIndexKept;
      if (lastIndex < firstIndexKept) {
        lastIndex = 0;
      }
      log.dropHead(number, firstIndexKept);
      return true;
    } catch (IOException e) {
      return failed("drop the head of", e);
    }
  }

  @Override
  public boolean truncateSuffix(long lastIndexKept) {
    long last = lastIndex;
    if (lastIndexKept >= last) {
      return true;
    }
    try {
      log.write((batch, book, entries) -> {
        deleteConfigurations(batch, book, lastIndexKept + 1, last + 1);
        SharedLog.deleteEntries(batch, entries, number, lastIndexKept + 1, last + 1);
      });
      lastIndex = lastIndexKept < firstIndex ? 0 : lastIndexKept;
      return true;
    } catch (IOException e) {
      return failed("cut the tail of", e);
    }
  }

  @Override
  public boolean reset(long nextIndex) {
    try {
      byte[] start = start(nextIndex);
      log.write((batch, book, entries) -> {
        batch.put(book, LogKeys.ofGroup(LogKeys.START, number), start);
        deleteConfigurations(batch, book, 0, Long.MAX_VALUE);
        SharedLog.deleteEntries(batch, entries, number, 0, Long.MAX_VALUE);
      });
      firstIndex = nextIndex;
      lastIndex = 0;
      log.dropFiles(number, Long.MAX_VALUE);
      return true;
    } catch (IOException e) {
      return failed("reset", e);
    }
  }

  private LogEntry require(long index) throws IOException {
    byte[] value = log.readEntry(number, index);
    if (value == null) {
      throw new LogCorruptedException(
          "expected entries "
              + firstIndex
              + " to "
              + lastIndex
              + " in the log of "
              + name
              + ", but entry "
              + index
              + " is missing; this replica must join again with an empty directory");
    }
    return EntryFormat.read(number, index, value);
  }

  private void put(
      List<LogEntry> entries, WriteBatch batch, ColumnFamilyHandle book, ColumnFamilyHandle target)
      throws RocksDBException {
    long bytes = 0;
    for (LogEntry entry : entries) {
      int size = EntryFormat.size(entry);
      bytes += size;
      long index = entry.getId().getIndex();
      if (size <= MOST_SCRATCH_BYTES && entry.getType() == EntryType.ENTRY_TYPE_DATA) {
        key.clear().putInt(number).putLong(index).flip();
        if (scratch.capacity() < size) {
          scratch = ByteBuffer.allocateDirect(Integer.highestOneBit(size - 1) << 1);
        }
        scratch.clear();
        EntryFormat.write(number, entry, scratch);
        batch.put(target, key, scratch.flip());
        continue;
      }
      ByteBuffer value = ByteBuffer.allocate(size);
      EntryFormat.write(number, entry, value);
      batch.put(target, LogKeys.entry(number, index), value.array());
      if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
        batch.put(book, LogKeys.configuration(number, index), value.array());
      }
    }
    appendedBytes.addAndGet(bytes);
  }

  private void deleteConfigurations(WriteBatch batch, ColumnFamilyHandle book, long from, long to)
      throws RocksDBException {
    batch.deleteRange(book, LogKeys.configuration(number, from), LogKeys.configuration(number, to));
  }

  private byte[] start(long index) {
    return BookRecord.seal(
        LogKeys.ofGroup(LogKeys.START, number),
        ByteBuffer.allocate(Long.BYTES).putLong(index).array());
  }

  private static ConfigurationEntry configuration(LogEntry entry) {
    @Nullable List<?> old = entry.getOldPeers();
    return new ConfigurationEntry(
        new LogId(entry.getId().getIndex(), entry.getId().getTerm()),
        new Configuration(entry.getPeers(), entry.getLearners()),
        old == null
            ? new Configuration()
            : new Configuration(entry.getOldPeers(), entry.getOldLearners()));
  }

  private boolean failed(String what, IOException e) {
    LOGGER.error("Could not {} the log of {}: {}", what, name, e.getMessage());
    failures.accept(e);
    return false;
  }
}
