package kvstore.server.console;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What clients did. Each event loop counts into a {@link Recorder} of its own, so that counting
 * costs no shared write; readers add the recorders up and see each a moment old.
 */
public final class ClientStatistics {

  /** Upper bounds of the latency buckets; above the last one there is one more bucket. */
  public static final long[] BUCKET_NANOS = {
    100_000L,
    250_000L,
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L
  };

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int FAILURES = 0;
  private static final int NANOS = 1;
  private static final int FIRST_BUCKET = 2;

  /** More codes than this are counted as one, so that no input can grow the map. */
  private static final int MOST_CODES = 64;

  private static final String OTHER_CODES = "OTHER";

  private final List<String> commands;
  private final List<Recorder> recorders = new CopyOnWriteArrayList<>();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder cutOff = new LongAdder();
  private final AtomicInteger connected = new AtomicInteger();

  /**
   * @param commands names by index
   */
  public ClientStatistics(List<String> commands) {
    this.commands = List.copyOf(commands);
  }

  /**
   * Counts of one command.
   *
   * @param buckets one for each of {@link #BUCKET_NANOS}, and one above; not cumulative
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  public record CommandCounts(String name, long calls, long failures, long nanos, long[] buckets) {}

  /** Bytes over the wire. */
  public record Traffic(long receivedBytes, long sentBytes) {}

  /** Sums since the start. */
  public record Totals(
      long commands, long accepted, long rejected, long failures, Traffic traffic) {

    public static final Totals NONE = new Totals(0, 0, 0, 0, new Traffic(0, 0));

    /** What was added since {@code earlier}. */
    public Totals since(Totals earlier) {
      return new Totals(
          commands - earlier.commands,
          accepted - earlier.accepted,
          rejected - earlier.rejected,
          failures - earlier.failures,
          new Traffic(
              traffic.receivedBytes - earlier.traffic.receivedBytes,
              traffic.sentBytes - earlier.traffic.sentBytes));
    }
  }

  /** A recorder for one thread that writes. */
  public Recorder newRecorder() {
    Recorder recorder = new Recorder(commands.size());
    recorders.add(recorder);
    return recorder;
  }

  public void accepted() {
    accepted.increment();
    connected.incrementAndGet();
  }

  public void closed() {
    connected.decrementAndGet();
  }

  /** A connection was refused: there are too many. */
  public void rejected() {
    rejected.increment();
  }

  /** A connection was ended since it did not read its replies. */
  public void cutOff() {
    cutOff.increment();
  }

  /** Counts an error reply by its code. */
  public void failed(String message) {
    int space = message.indexOf(' ');
    String code = space < 0 ? message : message.substring(0, space);
    LongAdder counter = errors.get(code);
    if (counter == null) {
      String counted = errors.size() < MOST_CODES ? code : OTHER_CODES;
      counter = errors.computeIfAbsent(counted, unused -> new LongAdder());
    }
    counter.increment();
  }

  public long acceptedConnections() {
    return accepted.sum();
  }

  public long rejectedConnections() {
    return rejected.sum();
  }

  public long cutOffConnections() {
    return cutOff.sum();
  }

  public int connectedClients() {
    return connected.get();
  }

  /** Error replies by code. */
  public Map<String, Long> errors() {
    Map<String, Long> sums = new TreeMap<>();
    errors.forEach((code, count) -> sums.put(code, count.sum()));
    return sums;
  }

  public Traffic traffic() {
    long received = 0;
    long sent = 0;
    for (Recorder recorder : recorders) {
      received += (long) CELL.getOpaque(recorder.bytes, 0);
      sent += (long) CELL.getOpaque(recorder.bytes, 1);
    }
    return new Traffic(received, sent);
  }

  /** Counts of every command that was called. */
  public List<CommandCounts> commands() {
    List<CommandCounts> counts = new java.util.ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      long[] sum = new long[FIRST_BUCKET + BUCKET_NANOS.length + 1];
      for (Recorder recorder : recorders) {
        Cells cells = recorder.commands[i];
        for (int j = 0; cells != null && j < sum.length; j++) {
          sum[j] += (long) CELL.getOpaque(cells.values, j);
        }
      }
      long[] buckets = java.util.Arrays.copyOfRange(sum, FIRST_BUCKET, sum.length);
      long calls = java.util.Arrays.stream(buckets).sum();
      if (calls > 0) {
        counts.add(new CommandCounts(commands.get(i), calls, sum[FAILURES], sum[NANOS], buckets));
      }
    }
    return counts;
  }

  public Totals totals() {
    return new Totals(
        commands().stream().mapToLong(CommandCounts::calls).sum(),
        accepted.sum(),
        rejected.sum(),
        errors.values().stream().mapToLong(LongAdder::sum).sum(),
        traffic());
  }

  /** The counters of one command at one writing thread. */
  private static final class Cells {
    final long[] values = new long[FIRST_BUCKET + BUCKET_NANOS.length + 1];
  }

  /** The counters of one writing thread. */
  public static final class Recorder {

    private final @Nullable Cells[] commands;
    private final long[] bytes = new long[2];

    private Recorder(int commandCount) {
      commands = new @Nullable Cells[commandCount];
    }

    /** A command was answered, {@code nanos} after it was read. */
    public void answered(int command, long nanos, boolean failed) {
      Cells known = commands[command];
      if (known == null) {
        known = new Cells();
        commands[command] = known;
      }
      long[] cells = known.values;
      add(cells, FIRST_BUCKET + bucketOf(nanos), 1);
      add(cells, NANOS, nanos);
      if (failed) {
        add(cells, FAILURES, 1);
      }
    }

    public void received(long count) {
      add(bytes, 0, count);
    }

    public void sent(long count) {
      add(bytes, 1, count);
    }

    private static void add(long[] cells, int index, long amount) {
      CELL.setOpaque(cells, index, cells[index] + amount);
    }

    private static int bucketOf(long nanos) {
      int bucket = 0;
      while (bucket < BUCKET_NANOS.length && nanos > BUCKET_NANOS[bucket]) {
        bucket++;
      }
      return bucket;
    }
  }
}
