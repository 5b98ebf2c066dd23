package kvstore.replication.raft;

import java.nio.file.Path;
import kvstore.replication.log.DiskFaults;
import kvstore.replication.log.SharedLogOptions;

/**
 * What a {@link RaftHost} needs to start; an immutable value.
 *
 * @param directory for the log and the snapshots of all groups; one process at a time
 * @param timings durations
 * @param budget bounds per group
 * @param log bounds of the shared log
 * @param faults for tests
 */
public record RaftHostOptions(
    Path directory,
    RaftTimings timings,
    RaftBudget budget,
    SharedLogOptions log,
    DiskFaults faults) {

  /** Options with every default. */
  public static RaftHostOptions of(Path directory) {
    return new RaftHostOptions(
        directory,
        RaftTimings.DEFAULT,
        RaftBudget.DEFAULT,
        SharedLogOptions.DEFAULT,
        DiskFaults.NONE);
  }

  public RaftHostOptions withTimings(RaftTimings durations) {
    return new RaftHostOptions(directory, durations, budget, log, faults);
  }

  public RaftHostOptions withBudget(RaftBudget bounds) {
    return new RaftHostOptions(directory, timings, bounds, log, faults);
  }

  public RaftHostOptions withLog(SharedLogOptions bounds) {
    return new RaftHostOptions(directory, timings, budget, bounds, faults);
  }

  public RaftHostOptions withFaults(DiskFaults disk) {
    return new RaftHostOptions(directory, timings, budget, log, disk);
  }
}
