package kvstore.testkit.bench;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One measurement, read from words such as {@code clients=64}. Immutable.
 *
 * <p>{@code docs/benchmarks.md} lists the words.
 */
final class LoadSettings {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("protocol", "resp"),
          Map.entry("targets", ""),
          Map.entry("clients", "50"),
          Map.entry("connections", "0"),
          Map.entry("pipeline", "1"),
          Map.entry("writes", "100"),
          Map.entry("keys", "100000"),
          Map.entry("value", "128"),
          Map.entry("seconds", "3"),
          Map.entry("settle", "0.5"),
          Map.entry("requests", "0"),
          Map.entry("rate", "0"),
          Map.entry("wait", "0"),
          Map.entry("readonly", "0"),
          Map.entry("serializable", "0"),
          Map.entry("threads", "1"),
          Map.entry("timeout", "10"),
          Map.entry("slot", "0"),
          Map.entry("slots", ""),
          Map.entry("pids", ""),
          Map.entry("ticks", "100"));

  private final Map<String, String> words;
  private final List<InetSocketAddress> targets = new ArrayList<>();
  private final List<SlotRange> ranges = new ArrayList<>();

  private LoadSettings(Map<String, String> words) {
    this.words = words;
    for (String target : list("targets")) {
      int colon = target.lastIndexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException("expected targets=host:port,…, but got " + target);
      }
      int port = Integer.parseInt(target.substring(colon + 1));
      targets.add(new InetSocketAddress(target.substring(0, colon), port));
    }
    list("slots").forEach(range -> ranges.add(SlotRange.parse(range)));
  }

  /**
   * Reads a line of {@code name=value} words, separated by blanks.
   *
   * @throws IllegalArgumentException for a name that is unknown or a value that makes no sense
   */
  static LoadSettings parse(String line) {
    Map<String, String> words = new HashMap<>(DEFAULTS);
    for (String word : line.trim().split(" +")) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (equals < 0 || !DEFAULTS.containsKey(name)) {
        throw new IllegalArgumentException("expected name=value with a known name, got " + word);
      }
      words.put(name, word.substring(equals + 1));
    }
    LoadSettings settings = new LoadSettings(words);
    settings.check();
    return settings;
  }

  private void check() {
    expect(!targets.isEmpty(), "targets=host:port,…");
    expect(etcd() || word("protocol").equals("resp"), "protocol=resp or protocol=etcd");
    expect(clients() >= 1 && pipeline() >= 1 && threads() >= 1, "clients, pipeline, threads >= 1");
    expect(keys() >= 1 && keys() < KeyChoice.MOST_KEYS, "keys from 1 to " + KeyChoice.MOST_KEYS);
    expect(valueSize() >= 1 && valueSize() <= 64 << 20, "value from 1 to 64 MiB");
    expect(writes() >= 0 && writes() <= 100, "writes from 0 to 100 (percent)");
    expect(waitFor() == 0 || (writes() == 100 && rate() == 0), "wait only with writes=100, rate=0");
    expect(requests() == 0 || rate() == 0, "requests or rate, not both");
    expect(
        ranges.isEmpty() || (ranges.size() == targets.size() && requests() == 0 && rate() == 0),
        "slots=first-last,… for each of the targets, without requests or rate");
    expect(seconds() > 0 && settle() >= 0 && timeout() > 0, "seconds and timeout above 0");
    expect(
        !etcd() || valueSize() <= EtcdConversation.LONGEST_VALUE,
        "value <= " + EtcdConversation.LONGEST_VALUE + " with etcd");
  }

  private static void expect(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("expected " + what);
    }
  }

  boolean etcd() {
    return word("protocol").equals("etcd");
  }

  List<InetSocketAddress> targets() {
    return targets;
  }

  /** Slots whose keys a connection to this target asks for, as a cluster's client would. */
  SlotRange range(int target) {
    return ranges.isEmpty() ? SlotRange.ALL : ranges.get(target);
  }

  /** Closed loops that run side by side. */
  int clients() {
    return whole("clients");
  }

  /** TCP connections that the clients share; one each unless said otherwise. */
  int connections() {
    int asked = whole("connections");
    return asked == 0 ? clients() : Math.min(asked, clients());
  }

  /** Requests that one client has under way. */
  int pipeline() {
    return whole("pipeline");
  }

  /** Requests that connection {@code number} may have under way. */
  int window(int number) {
    int share = clients() / connections() + (number < clients() % connections() ? 1 : 0);
    return share * pipeline();
  }

  /** Share of writes, in percent. */
  int writes() {
    return whole("writes");
  }

  long keys() {
    return Long.parseLong(word("keys"));
  }

  int valueSize() {
    return whole("value");
  }

  /** Nanoseconds that are measured. */
  long seconds() {
    return nanos("seconds");
  }

  /** Nanoseconds of load before the measurement begins. */
  long settle() {
    return nanos("settle");
  }

  /** Nanoseconds after which an unanswered request counts as lost, and its connection too. */
  long timeout() {
    return nanos("timeout");
  }

  /** Requests to be sent, to keys in order, after which the run ends; 0 means: by time. */
  long requests() {
    return Long.parseLong(word("requests"));
  }

  /** Requests a second, due on a schedule whatever comes back; 0 means: closed loop. */
  double rate() {
    return Double.parseDouble(word("rate"));
  }

  /**
   * Replicas that {@code WAIT} must report after each batch of writes; 0 means: no {@code WAIT}.
   */
  int waitFor() {
    return whole("wait");
  }

  boolean readOnly() {
    return whole("readonly") != 0;
  }

  boolean serializable() {
    return whole("serializable") != 0;
  }

  int threads() {
    return Math.min(whole("threads"), connections());
  }

  /** Nanoseconds of one slot of the report's timeline; 0 means: none. */
  long slot() {
    return nanos("slot");
  }

  /** Processes whose processor time is counted. */
  List<Long> pids() {
    return list("pids").stream().map(Long::valueOf).toList();
  }

  /** Ticks of {@code /proc} in a second. */
  int ticks() {
    return whole("ticks");
  }

  private int whole(String name) {
    return Integer.parseInt(word(name));
  }

  private long nanos(String name) {
    return (long) (Double.parseDouble(word(name)) * 1e9);
  }

  private List<String> list(String name) {
    String text = word(name);
    return text.isEmpty() ? List.of() : List.of(text.split(","));
  }

  private String word(String name) {
    String value = words.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no such word: " + name);
    }
    return value;
  }
}
