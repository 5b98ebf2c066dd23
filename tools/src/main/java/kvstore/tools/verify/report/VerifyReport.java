package kvstore.tools.verify.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that a run has found; as JSON, the form for other programs.
 *
 * @param startedAt wall clock, ISO 8601
 * @param command what repeats the run's choices
 * @param verdicts on the promises
 * @param slices by 100 ms
 */
public record VerifyReport(
    String startedAt,
    String command,
    Parameters parameters,
    Totals totals,
    Verdicts verdicts,
    List<FaultReport> faults,
    List<Slice> slices) {

  /**
   * What was asked for, and on what machine.
   *
   * @param load of the machine at the end, in processes that want to run, over the last minute; the
   *     run's own included; negative if it is not known
   */
  public record Parameters(
      int nodes, int clients, double seconds, int rate, long seed, int processors, double load) {}

  /**
   * What became of all operations.
   *
   * @param objects histories that were checked, each of one key or one group of keys
   * @param checkSeconds how long the check took
   */
  public record Totals(
      long ok,
      long failed,
      long unknown,
      Map<String, Long> errors,
      int objects,
      double availability,
      double checkSeconds) {}

  /**
   * What was proved or refuted.
   *
   * @param violations each as lines of text
   * @param undecided histories with too many orders to try
   * @param unread keys that could not be read at the end
   * @param convergence a line for each shard
   * @param problems what else went wrong, such as nodes that died on their own
   */
  public record Verdicts(
      boolean linearizable,
      boolean durable,
      boolean converged,
      List<List<String>> violations,
      int undecided,
      int unread,
      List<String> convergence,
      List<String> problems) {}

  /** Operations that ended in 100 ms. */
  public record Slice(long ok, long failed, long unknown) {}

  @JsonProperty("passed")
  public boolean passed() {
    return verdicts.linearizable()
        && verdicts.durable()
        && verdicts.converged()
        && verdicts.undecided() == 0
        && verdicts.problems().isEmpty()
        && faults.stream().allMatch(fault -> fault.finding() == null && fault.wellAt() >= 0)
        && totals.ok() > 0;
  }

  /** One line. */
  public String verdict() {
    if (passed()) {
      return "PASSED: linearizable, durable, converged";
    }
    List<String> wrong = new ArrayList<>();
    if (!verdicts.linearizable()) {
      wrong.add("not linearizable");
    }
    if (!verdicts.durable()) {
      wrong.add("acknowledged writes were lost or unreadable");
    }
    if (!verdicts.converged()) {
      wrong.add("replicas differ");
    }
    if (verdicts.undecided() > 0) {
      wrong.add("not decided for " + verdicts.undecided() + " objects");
    }
    if (totals.ok() == 0) {
      wrong.add("no operation succeeded");
    }
    wrong.addAll(verdicts.problems());
    for (FaultReport fault : faults) {
      if (fault.finding() != null) {
        wrong.add(fault.finding());
      } else if (fault.wellAt() < 0) {
        wrong.add("no recovery from: " + fault.what());
      }
    }
    return "FAILED: " + String.join("; ", wrong);
  }

  /** The times of recovery of the faults of one sort, sorted. */
  public List<Integer> recoveries(boolean leavingMajority) {
    return faults.stream()
        .filter(fault -> fault.leavesMajority() == leavingMajority && fault.recoveryMillis() >= 0)
        .map(FaultReport::recoveryMillis)
        .sorted()
        .toList();
  }
}
