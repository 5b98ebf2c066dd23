package kvstore.replication.log;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The shared log beside a segmented one, in turns, in one process: appends a second, CPU and bytes
 * written for each, by 1, 16 and 256 groups that append at the same time. Run by {@code bench/log}.
 *
 * <p>Arguments: folder, rounds, seconds, bytes of a payload, entries of an append, then numbers of
 * groups, with commas, and a word in the names of the logs wanted.
 */
final class AppendComparison {

  /** One append of a group; returns when it is on disk. */
  private interface Appender {
    void append(List<LogEntry> entries) throws IOException;
  }

  /** A log under test. */
  private interface Subject extends AutoCloseable {
    Appender group(int number) throws IOException;

    /** Lets go of the head of the log from time to time, as snapshots do. */
    void cut(int number, long firstKept) throws IOException;

    @Override
    void close() throws IOException;
  }

  private record Figures(double perSecond, double cpuMicros, double writtenBytes) {}

  private static final int WARM_ROUNDS = 1;
  private static final int CUT_EVERY = 1 << 16;

  private final Path folder;
  private final long nanos;
  private final int payload;
  private final int entries;
  private final Map<String, Subject> subjects = new LinkedHashMap<>();
  private int nextGroup = 1;

  private AppendComparison(Path folder, double seconds, int payload, int entries)
      throws IOException {
    this.folder = folder;
    this.nanos = (long) (seconds * 1e9);
    this.payload = payload;
    this.entries = entries;
    subjects.put("RocksDB (SharedLog)", rocksDb());
    subjects.put("segments, grown", segmented(SegmentedAppend.Blocks.GROWN));
    subjects.put("segments, used blocks", segmented(SegmentedAppend.Blocks.USED));
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[1]);
    AppendComparison comparison =
        new AppendComparison(
            Path.of(arguments[0]),
            Double.parseDouble(arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]));
    comparison.subjects.keySet().removeIf(name -> !name.contains(arguments[6]));
    for (String appenders : arguments[5].split(",")) {
      comparison.compare(Integer.parseInt(appenders), rounds);
    }
    for (Subject subject : comparison.subjects.values()) {
      subject.close();
    }
  }

  private void compare(int appenders, int rounds) throws Exception {
    Map<String, List<Figures>> found = new LinkedHashMap<>();
    for (int round = 0; round < rounds + WARM_ROUNDS; round++) {
      for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
        Figures figures = run(subject.getValue(), appenders);
        if (round >= WARM_ROUNDS) {
          found.computeIfAbsent(subject.getKey(), name -> new ArrayList<>()).add(figures);
        }
      }
    }
    List<Figures> first = found.values().iterator().next();
    found.forEach((name, all) -> {
      double[] rate = sorted(all.stream().mapToDouble(Figures::perSecond).toArray());
      double[] cpu = sorted(all.stream().mapToDouble(Figures::cpuMicros).toArray());
      double[] written = sorted(all.stream().mapToDouble(Figures::writtenBytes).toArray());
      double[] faster = new double[all.size()];
      double[] dearer = new double[all.size()];
      for (int i = 0; i < faster.length; i++) {
        faster[i] = all.get(i).perSecond() / first.get(i).perSecond();
        dearer[i] = all.get(i).cpuMicros() / first.get(i).cpuMicros();
      }
      System.out.printf(
          "| %d | %s | %,.0f | %,.0f .. %,.0f | %.2f | %.1f | %.2f | %,.0f |%n",
          appenders,
          name,
          middle(rate),
          rate[0],
          rate[rate.length - 1],
          middle(sorted(faster)),
          middle(cpu),
          middle(sorted(dearer)),
          middle(written));
    });
  }

  private Figures run(Subject subject, int appenders) throws Exception {
    int firstGroup = nextGroup;
    nextGroup += appenders;
    List<Appender> groups = new ArrayList<>();
    for (int i = 0; i < appenders; i++) {
      groups.add(subject.group(firstGroup + i));
    }
    OperatingSystemMXBean process =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    ExecutorService threads = Executors.newFixedThreadPool(appenders);
    long written = writtenBytes();
    long cpu = process.getProcessCpuTime();
    long begin = System.nanoTime();
    List<Future<Long>> counts = new ArrayList<>();
    for (int i = 0; i < appenders; i++) {
      int group = firstGroup + i;
      Appender appender = groups.get(i);
      counts.add(threads.submit(() -> append(subject, group, appender, begin)));
    }
    long total = 0;
    for (Future<Long> count : counts) {
      total += count.get();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    Figures figures =
        new Figures(
            total / seconds,
            (process.getProcessCpuTime() - cpu) / 1e3 / total,
            (double) (writtenBytes() - written) / total);
    threads.shutdown();
    if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("expected all appenders to end");
    }
    for (int i = 0; i < appenders; i++) {
      subject.cut(firstGroup + i, Long.MAX_VALUE);
    }
    return figures;
  }

  private long append(Subject subject, int group, Appender appender, long begin)
      throws IOException {
    byte[] bytes = new byte[payload];
    new SplittableRandom(group).nextBytes(bytes);
    long index = 1;
    long appends = 0;
    while (System.nanoTime() - begin < nanos) {
      List<LogEntry> batch = new ArrayList<>(entries);
      for (int i = 0; i < entries; i++) {
        LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
        entry.setId(new LogId(index++, 1));
        entry.setData(ByteBuffer.wrap(bytes));
        batch.add(entry);
      }
      appender.append(batch);
      appends++;
      if (index % CUT_EVERY < entries) {
        subject.cut(group, index - CUT_EVERY / 2);
      }
    }
    return appends;
  }

  private Subject rocksDb() throws IOException {
    SharedLog log = SharedLog.open(folder.resolve("rocksdb"));
    return new Subject() {
      @Override
      public Appender group(int number) throws IOException {
        GroupLog group = log.group("g" + number);
        group.load();
        return entries -> {
          if (group.appendEntries(entries) != entries.size()) {
            throw new IOException("the shared log failed", log.failure());
          }
        };
      }

      @Override
      public void cut(int number, long firstKept) throws IOException {
        GroupLog group = log.group("g" + number);
        group.load();
        group.truncatePrefix(Math.min(firstKept, group.getLastLogIndex() + 1));
      }

      @Override
      public void close() {
        log.close();
      }
    };
  }

  private Subject segmented(SegmentedAppend.Blocks blocks) throws IOException {
    SegmentedAppend log = new SegmentedAppend(folder.resolve(blocks.name()), blocks, 64 << 20, 3);
    return new Subject() {
      @Override
      public Appender group(int number) {
        SegmentedAppend.Group group = new SegmentedAppend.Group(number);
        return entries -> log.append(group, entries);
      }

      @Override
      public void cut(int number, long firstKept) {
        // by whole segments, when the next one begins
      }

      @Override
      public void close() throws IOException {
        log.close();
      }
    };
  }

  /** What was written to all disks of the machine: the kernel's count for a process is of pages. */
  private static long writtenBytes() throws IOException {
    long sectors = 0;
    for (String line : Files.readAllLines(Path.of("/proc/diskstats"))) {
      String[] fields = line.trim().split(" +");
      if (Files.exists(Path.of("/sys/block", fields[2]))) {
        sectors += Long.parseLong(fields[9]);
      }
    }
    return sectors * 512;
  }

  private static double[] sorted(double[] values) {
    Arrays.sort(values);
    return values;
  }

  private static double middle(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
