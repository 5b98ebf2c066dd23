package kvstore.tools.verify.report;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One fault and how the cluster bore it. Times are in ms since the start.
 *
 * @param kind its word in {@code --faults}
 * @param what what happened, and to whom
 * @param leavesMajority whether the cluster was to serve all the while
 * @param endedAt when it was ended by us
 * @param wellAt when all nodes were well again; -1 if they never were
 * @param longestGapMillis the longest time without a success, from the beginning until all was well
 * @param recoveryMillis with a majority left, that gap; else from the end to the first success
 * @param availability share of the time, in slices of 100 ms, with at least one success
 * @param errors by kind
 * @param finding what should not have been; null if nothing
 */
public record FaultReport(
    String kind,
    String what,
    boolean leavesMajority,
    int beganAt,
    int endedAt,
    int wellAt,
    int longestGapMillis,
    int recoveryMillis,
    double availability,
    Map<String, Long> errors,
    @Nullable String finding) {}
