package kvstore.replication.log;

import com.alipay.sofa.jraft.entity.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * What appending would cost in a segmented log of our own; only that, for {@link AppendComparison}
 * and docs/decisions/080. Records [crc32c of what follows][length][segment number][group][entry as
 * in {@link EntryFormat}] go to files that were written before, so that a sync need not write down
 * that a file has grown. Whoever finds nobody writing writes for all that wait: one write and one
 * sync, and no thread in between.
 */
final class SegmentedAppend implements AutoCloseable {

  /** How a segment comes to its blocks. */
  enum Blocks {
    /** They are added as the file grows. */
    GROWN,
    /** Those of a former segment, or zeros. */
    USED
  }

  private static final int HEADER = 4 + 4 + 8 + 4;

  private final Path directory;
  private final Blocks blocks;
  private final int segmentBytes;
  private final int kept;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Append> waiting = new ArrayDeque<>();
  private final ArrayDeque<Path> segments = new ArrayDeque<>();
  private boolean writing;

  // of whoever writes
  private ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
  private FileChannel channel;
  private long number;
  private int position;
  private long syncs;
  private long bytes;

  /** One group's entries, and where the last of them lie. */
  static final class Group {
    private final int number;
    private long[] places = new long[1024];
    private int count;

    Group(int number) {
      this.number = number;
    }

    private void add(long segment, int at) {
      if (count == places.length) {
        places = Arrays.copyOf(places, 2 * count);
      }
      places[count++] = segment << 32 | at;
      if (count > 1 << 16) { // as if a snapshot had let the head go
        System.arraycopy(places, count / 2, places, 0, count - count / 2);
        count -= count / 2;
      }
    }
  }

  private final class Append {
    private final Group group;
    private final List<LogEntry> entries;
    private final Condition changed = lock.newCondition();
    private boolean done;
    private IOException failure;

    Append(Group group, List<LogEntry> entries) {
      this.group = group;
      this.entries = entries;
    }
  }

  SegmentedAppend(Path directory, Blocks blocks, int segmentBytes, int kept) throws IOException {
    this.directory = directory;
    this.blocks = blocks;
    this.segmentBytes = segmentBytes;
    this.kept = kept;
    Files.createDirectories(directory);
    if (blocks == Blocks.USED) {
      for (int i = 0; i <= kept; i++) {
        fill(directory.resolve("spare-" + i));
      }
    }
    nextSegment();
  }

  /** Returns when the entries are on disk. */
  void append(Group group, List<LogEntry> entries) throws IOException {
    Append mine = new Append(group, entries);
    List<Append> all = new ArrayList<>();
    lock.lock();
    try {
      waiting.add(mine);
      while (writing && !mine.done) {
        mine.changed.awaitUninterruptibly();
      }
      if (mine.done) {
        end(mine);
        return;
      }
      writing = true;
      all.addAll(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    IOException failure = null;
    try {
      write(all);
    } catch (IOException e) {
      failure = e;
    }
    lock.lock();
    try {
      writing = false;
      for (Append one : all) {
        one.done = true;
        one.failure = failure;
        one.changed.signal();
      }
      if (!waiting.isEmpty()) {
        waiting.peek().changed.signal(); // the next to write
      }
    } finally {
      lock.unlock();
    }
    end(mine);
  }

  private static void end(Append append) throws IOException {
    if (append.failure != null) {
      throw append.failure;
    }
  }

  private void write(List<Append> all) throws IOException {
    buffer.clear();
    for (Append one : all) {
      for (LogEntry entry : one.entries) {
        put(one.group, entry);
      }
    }
    buffer.flip();
    int size = buffer.remaining();
    if (position + size > segmentBytes) {
      nextSegment();
    }
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
    channel.force(false);
    syncs++;
    bytes += size;
  }

  private void put(Group group, LogEntry entry) {
    int size = HEADER + EntryFormat.size(entry);
    if (buffer.remaining() < size) {
      buffer = ByteBuffer.allocateDirect(2 * Math.max(buffer.capacity(), size)).put(buffer.flip());
    }
    int start = buffer.position();
    group.add(number, position + start);
    buffer.putInt(0).putInt(size - HEADER).putLong(number).putInt(group.number);
    EntryFormat.write(group.number, entry, buffer);
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().flip().position(start + 4));
    buffer.putInt(start, (int) crc.getValue());
  }

  private void nextSegment() throws IOException {
    if (channel != null) {
      channel.close();
    }
    number++;
    Path next = directory.resolve("segment-" + number);
    if (blocks == Blocks.GROWN) {
      if (segments.size() > kept) {
        Files.delete(segments.remove());
      }
      channel = FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } else {
      Path used =
          segments.size() > kept ? segments.remove() : directory.resolve("spare-" + (number - 1));
      Files.move(used, next);
      channel = FileChannel.open(next, StandardOpenOption.WRITE);
    }
    segments.add(next);
    position = 0;
    syncDirectory();
  }

  private void syncDirectory() throws IOException {
    try (FileChannel folder = FileChannel.open(directory)) {
      folder.force(true);
    }
  }

  private void fill(Path file) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
      for (long at = 0; at < segmentBytes; at += zeros.capacity()) {
        out.write(zeros.clear(), at);
      }
      out.force(true);
    }
  }

  long syncs() {
    return syncs;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
