package kvstore.testkit.simulation;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a node's disk holds of one group: term and vote, the newest snapshot, and the log as a
 * journal of appends and truncations. What was written last and not synced may be lost in a crash,
 * and not only the end of it: of two records that were not synced, the later may be on the disk and
 * the earlier not. What an fsync failed for never gets there, whatever later ones say.
 */
final class Journal {

  /**
   * @param payload of the state machine; null for an entry of the group's own
   * @param members null unless the entry changes them
   */
  record Entry(long index, long term, byte @Nullable [] payload, @Nullable Members members) {}

  /** A state of the state machine as its files, and where in the log it stands. */
  record Snapshot(long index, long term, Members members, SortedMap<String, byte[]> files) {

    SortedMap<String, Integer> lengths() {
      SortedMap<String, Integer> lengths = new TreeMap<>();
      files.forEach((name, bytes) -> lengths.put(name, bytes.length));
      return lengths;
    }

    /** All files, one after the other. */
    byte[] bytes() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      files.values().forEach(all::writeBytes);
      return all.toByteArray();
    }
  }

  /**
   * What stays of a journal that was deleted: term, vote, and where the log ended, or a former one
   * if that ended later.
   */
  record Former(long term, @Nullable NodeId vote, long lastTerm, long lastIndex) {}

  /** An entry appended, or all from {@code from} on removed. */
  private static final class Record {
    final long serial;
    final @Nullable Entry entry;
    final long from;
    boolean lost;

    Record(long serial, @Nullable Entry entry, long from) {
      this.serial = serial;
      this.entry = entry;
      this.from = from;
    }
  }

  private final Mutant mutant;
  private List<Record> records = new ArrayList<>();
  private long written;
  private long synced;

  /** Those of the entries that are in the log now, in their order. */
  private final List<Record> log = new ArrayList<>();

  private long baseIndex;
  private long baseTerm;
  private Members baseMembers;
  private @Nullable Snapshot snapshot;
  private long term;
  private @Nullable NodeId vote;
  private boolean used;
  private final @Nullable Former before;

  Journal(Members first, Mutant mutant, @Nullable Former before) {
    this.baseMembers = first;
    this.mutant = mutant;
    this.before = mutant == Mutant.LEAVES_WITHOUT_MEMORY ? null : before;
    if (this.before != null) {
      vote(this.before.term(), this.before.vote());
    }
  }

  Former former() {
    Former older = before;
    return older != null && lagsBehindFormer(lastTerm(), lastIndex())
        ? new Former(term, vote, older.lastTerm(), older.lastIndex())
        : new Former(term, vote, lastTerm(), lastIndex());
  }

  /** Whether a log that ends there ends before the one that was deleted here. */
  boolean lagsBehindFormer(long endTerm, long endIndex) {
    return before != null
        && (before.lastTerm() > endTerm
            || before.lastTerm() == endTerm && before.lastIndex() > endIndex);
  }

  boolean lagsBehindFormer() {
    return lagsBehindFormer(lastTerm(), lastIndex());
  }

  // ---- term and vote, durable at once

  long term() {
    return term;
  }

  @Nullable NodeId vote() {
    return vote;
  }

  void vote(long inTerm, @Nullable NodeId candidate) {
    used = true;
    term = inTerm;
    vote = candidate;
  }

  /** Whether the group ever did anything here. */
  boolean isUsed() {
    return used || lastIndex() > 0;
  }

  // ---- the log as its process sees it

  long baseIndex() {
    return baseIndex;
  }

  long lastIndex() {
    return baseIndex + log.size();
  }

  long lastTerm() {
    return termAt(lastIndex());
  }

  /** From {@link #baseIndex} to {@link #lastIndex}. */
  long termAt(long index) {
    return index == baseIndex ? baseTerm : entry(index).term();
  }

  Entry entry(long index) {
    return Objects.requireNonNull(record(index).entry);
  }

  private Record record(long index) {
    return log.get((int) (index - baseIndex - 1));
  }

  List<Entry> entries(long from, int most) {
    List<Entry> some = new ArrayList<>();
    for (long i = from; i <= lastIndex() && some.size() < most; i++) {
      some.add(entry(i));
    }
    return some;
  }

  /** The newest members in the log, agreed on or not. */
  Members members() {
    return membersAt(lastIndex());
  }

  Members membersAt(long index) {
    for (long i = Math.min(index, lastIndex()); i > baseIndex; i--) {
      Members members = entry(i).members();
      if (members != null) {
        return members;
      }
    }
    return baseMembers;
  }

  @Nullable Snapshot snapshot() {
    return snapshot;
  }

  void append(Entry entry) {
    if (entry.index() != lastIndex() + 1) {
      throw new IllegalStateException(
          "expected entry " + (lastIndex() + 1) + ", but got " + entry.index());
    }
    Record record = new Record(++written, entry, 0);
    log.add(record);
    records.add(record);
  }

  void truncate(long from) {
    log.subList((int) (from - baseIndex - 1), log.size()).clear();
    records.add(new Record(++written, null, from));
  }

  // ---- the disk

  /** How much has been written; what {@link #synced} and {@link #syncFailed} are told. */
  long written() {
    return written;
  }

  boolean isSynced() {
    return synced == written;
  }

  void synced(long upTo) {
    synced = Math.max(synced, upTo);
  }

  /** The pages are clean now, and their contents are nowhere. */
  void syncFailed(long upTo) {
    for (Record record : records) {
      record.lost |= record.serial > synced && record.serial <= upTo;
    }
  }

  /** The last index of which all is said to be on the disk. */
  long syncedIndex() {
    int i = log.size();
    while (i > 0 && log.get(i - 1).serial > synced) {
      i--;
    }
    return baseIndex + i;
  }

  /** Whether a crash now would leave the entry, or a state with it. */
  boolean keeps(long index, long entryTerm) {
    if (index <= baseIndex) {
      return true;
    }
    if (index > lastIndex() || termAt(index) != entryTerm) {
      return false;
    }
    Record record = record(index);
    return record.serial <= synced && !record.lost;
  }

  /** What a crash leaves is read again. */
  void crash(SplittableRandom random) {
    List<@Nullable Record> found = new ArrayList<>();
    long whole = synced + random.nextLong(written - synced + 1);
    boolean holes = random.nextInt(2) == 0;
    for (Record record : records) {
      boolean there = record.serial <= whole || holes && random.nextInt(2) == 0;
      found.add(there && !record.lost ? record : null);
    }
    recover(found);
  }

  /** Nothing counts but what is known to be on the disk; for a process that goes on. */
  void dropUnsynced() {
    List<@Nullable Record> found = new ArrayList<>();
    for (Record record : records) {
      if (record.serial <= synced) {
        found.add(record.lost ? null : record);
      }
    }
    recover(found);
  }

  /** Up to the first record that is missing: what comes after it stands on nothing. */
  private void recover(List<@Nullable Record> found) {
    records = new ArrayList<>();
    log.clear();
    for (Record record : found) {
      if (record == null) {
        if (mutant == Mutant.RECOVERY_PASSES_OVER_HOLES) {
          continue;
        }
        break;
      }
      Entry entry = record.entry;
      if (entry == null) {
        truncateIfThere(record.from);
      } else if (entry.index() == lastIndex() + 1) {
        append(entry);
      } else if (entry.index() > lastIndex()) {
        append(new Entry(lastIndex() + 1, entry.term(), entry.payload(), entry.members()));
      }
    }
    syncAll();
  }

  private void truncateIfThere(long from) {
    if (from <= lastIndex()) {
      truncate(from);
    }
  }

  /** All that was written is on the disk, as after an orderly stop. */
  void syncAll() {
    synced = written;
  }

  // ---- snapshots

  /** Keeps a snapshot, and of the log only what comes after {@code from}; durable at once. */
  void compact(Snapshot taken, long from) {
    long newBase = Math.max(baseIndex, Math.min(from, taken.index()));
    Members members = membersAt(newBase);
    long newTerm = newBase == taken.index() ? taken.term() : termAt(newBase);
    snapshot = taken;
    rebase(newBase, newTerm, members);
  }

  /** Puts a snapshot in place of all that it replaces; durable at once. */
  void install(Snapshot installed) {
    snapshot = installed;
    startAt(installed.index(), installed.term(), installed.members());
  }

  /** The state machine holds everything up to there: the log before it is not needed. */
  void startAt(long index, long indexTerm, Members members) {
    used = true;
    if (index >= baseIndex && index <= lastIndex() && termAt(index) == indexTerm) {
      rebase(index, indexTerm, members);
      return;
    }
    records = new ArrayList<>();
    log.clear();
    synced = written;
    baseIndex = index;
    baseTerm = indexTerm;
    baseMembers = members;
  }

  /** Writes what is left of the log into a new file. */
  private void rebase(long newBase, long newTerm, Members members) {
    log.subList(0, (int) (newBase - baseIndex)).clear();
    records = new ArrayList<>(log);
    if (log.isEmpty()) {
      synced = written;
    }
    baseIndex = newBase;
    baseTerm = newTerm;
    baseMembers = members;
  }
}
