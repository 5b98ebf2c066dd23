package kvstore.tools.verify.fault;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What can be made to go wrong. */
public enum FaultKind {
  KILL("kill", 500, 2_000, true, "kill -9 of one node, and its restart"),
  KILL_MAJORITY("kill-majority", 500, 1_500, false, "kill -9 of a majority, and their restart"),
  KILL_ALL("kill-all", 100, 500, false, "kill -9 of all nodes at once, and their restart"),
  PAUSE_SHORT("pause-short", 80, 250, true, "SIGSTOP of one node, less than an election timeout"),
  PAUSE("pause", 800, 2_500, true, "SIGSTOP of one node, longer than an election timeout"),
  ISOLATE("isolate", 1_500, 3_500, true, "no peer connection of one node works"),
  ONE_WAY("one-way", 1_500, 3_500, true, "what one node sends to one or all others is held"),
  HALVES("halves", 1_500, 3_500, true, "two groups of nodes that do not reach each other"),
  BRIDGE("bridge", 1_500, 3_500, true, "two groups, and one node that reaches both"),
  DELAY("delay", 1_500, 3_000, true, "10 to 80 ms of delay from and to one node, or all"),
  RESET("reset", 1_000, 2_500, true, "peer connections of one node, or all, break all the time"),
  THROTTLE("throttle", 1_500, 3_000, true, "20 to 200 kB/s from and to one node"),
  TORN_LOG("torn-log", 200, 800, true, "kill -9, and half a record at the end of the log"),
  FLIP_LOG("flip-log", 3_000, 4_000, true, "kill -9, and a flipped bit in the log of one node"),
  FLIP_SST("flip-sst", 3_000, 4_000, true, "a stop, and a flipped bit in the data of one node"),
  WIPE("wipe", 3_000, 4_000, true, "kill -9, and a restart with an emptied directory"),
  DISK_FULL("disk-full", 1_500, 3_000, true, "no space for the log of one node, and space again"),
  DISK_FULL_ALL("disk-full-all", 1_500, 3_000, false, "no space for the log of any node"),
  DISK_ERROR("disk-error", 1_000, 2_500, true, "writes or syncs of one node's log fail"),
  DISK_SLOW("disk-slow", 1_500, 3_000, true, "each write of one node's log takes 20 to 200 ms"),
  CLOCK_JUMP("clock-jump", 2_500, 4_000, true, "the wall clock of one node jumps, and back"),
  CLOCK_RATE("clock-rate", 4_000, 6_000, true, "the wall clock of one node runs at 0.5 or 2"),
  TIGHT_MEMORY(
      "tight-memory", 3_000, 4_000, true, "kill -9, and a restart with 32 to 64 MB of heap"),
  SPLIT("split", 1_000, 2_000, true, "a shard is split (up to 6), or its leader moved"),
  MOVE(
      "move",
      1_000,
      2_000,
      true,
      "a replica is moved to another node, or a leader if none is free");

  private final String word;
  private final int leastMillis;
  private final int mostMillis;
  private final boolean leavesMajority;
  private final String description;

  FaultKind(
      String word, int leastMillis, int mostMillis, boolean leavesMajority, String description) {
    this.word = word;
    this.leastMillis = leastMillis;
    this.mostMillis = mostMillis;
    this.leavesMajority = leavesMajority;
    this.description = description;
  }

  /** As in {@code --faults}. */
  public String word() {
    return word;
  }

  public int leastMillis() {
    return leastMillis;
  }

  public int mostMillis() {
    return mostMillis;
  }

  /** Whether the cluster is to serve while it lasts. */
  public boolean leavesMajority() {
    return leavesMajority;
  }

  public String description() {
    return description;
  }

  /** Whether the node must be told to fail its own disk. */
  public boolean needsDiskControl() {
    return switch (this) {
      case DISK_FULL, DISK_FULL_ALL, DISK_ERROR, DISK_SLOW -> true;
      default -> false;
    };
  }

  /** Whether it can be done only where libfaketime is installed. */
  public boolean needsFakeTime() {
    return this == CLOCK_JUMP || this == CLOCK_RATE;
  }

  /**
   * Reads words between commas; {@code all} stands for every kind, {@code none} for none.
   *
   * @throws IllegalArgumentException if a word is none of them
   */
  public static Set<FaultKind> parse(String list) {
    if (list.equals("all")) {
      return EnumSet.allOf(FaultKind.class);
    }
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    for (String word : list.equals("none") ? List.<String>of() : List.of(list.split(",", -1))) {
      kinds.add(
          Arrays.stream(values())
              .filter(kind -> kind.word.equals(word.strip()))
              .findAny()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "expected faults from " + words() + ", but got '" + word + "'")));
    }
    return kinds;
  }

  /** All words, between commas. */
  public static String words() {
    return Arrays.stream(values()).map(FaultKind::word).collect(Collectors.joining(", "));
  }
}
