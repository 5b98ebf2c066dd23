package kvstore.testkit.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processor time of processes, from {@code /proc/PID/stat}. */
final class ProcessCpu {

  private static final int USER_TIME = 11; // fields after the name, which may hold blanks
  private static final int SYSTEM_TIME = 12;

  private ProcessCpu() {}

  /** Ticks that the processes have used so far; one that is gone counts as nothing. */
  static long ticks(List<Long> pids) {
    long sum = 0;
    for (long pid : pids) {
      sum += ticks(pid);
    }
    return sum;
  }

  private static long ticks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
    } catch (IOException e) {
      return 0;
    }
  }
}
