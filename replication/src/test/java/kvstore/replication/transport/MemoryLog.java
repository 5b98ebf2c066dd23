package kvstore.replication.transport;

import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import java.util.List;
import java.util.TreeMap;

/** A log in memory, enough to run the Raft library over the transport. */
final class MemoryLog implements LogStorage {

  private final TreeMap<Long, LogEntry> entries = new TreeMap<>();
  private long next = 1;

  @Override
  public boolean init(LogStorageOptions options) {
    return true;
  }

  @Override
  public void shutdown() {}

  @Override
  public synchronized long getFirstLogIndex() {
    return entries.isEmpty() ? next : entries.firstKey();
  }

  @Override
  public synchronized long getLastLogIndex() {
    return entries.isEmpty() ? next - 1 : entries.lastKey();
  }

  @Override
  public synchronized LogEntry getEntry(long index) {
    return entries.get(index);
  }

  @Override
  @Deprecated
  public synchronized long getTerm(long index) {
    LogEntry entry = entries.get(index);
    return entry == null ? 0 : entry.getId().getTerm();
  }

  @Override
  public synchronized boolean appendEntry(LogEntry entry) {
    entries.put(entry.getId().getIndex(), entry);
    return true;
  }

  @Override
  public synchronized int appendEntries(List<LogEntry> more) {
    more.forEach(this::appendEntry);
    return more.size();
  }

  @Override
  public synchronized boolean truncatePrefix(long firstIndexKept) {
    entries.headMap(firstIndexKept).clear();
    next = Math.max(next, firstIndexKept);
    return true;
  }

  @Override
  public synchronized boolean truncateSuffix(long lastIndexKept) {
    entries.tailMap(lastIndexKept, false).clear();
    return true;
  }

  @Override
  public synchronized boolean reset(long nextLogIndex) {
    entries.clear();
    next = nextLogIndex;
    return true;
  }
}
