package kvstore.tools.stress.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run found. Its JSON form is read by programs: fields are added, never renamed.
 *
 * @param format of the JSON; 1
 * @param startedAt of the measured part, ISO 8601
 * @param passed whether there was no error
 * @param verdict the same in a sentence
 * @param seconds of the measured part
 */
@JsonPropertyOrder({"format", "startedAt", "passed", "verdict", "parameters", "seconds"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Report(
    int format,
    String startedAt,
    boolean passed,
    String verdict,
    Parameters parameters,
    double seconds,
    Load load,
    Throughput throughput,
    List<Latency> latencies,
    List<ErrorCount> errors,
    Verification verification,
    Connections connections,
    List<Interval> intervals) {

  /**
   * What was asked for.
   *
   * @param requests null if the run went by time
   * @param durationSeconds null if the run went by requests
   * @param rate requests a second; null for a closed loop
   * @param reads share of GETs, 0 to 1
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Parameters(
      List<String> targets,
      boolean ownCluster,
      int clients,
      int pipeline,
      int threads,
      @Nullable Double durationSeconds,
      @Nullable Long requests,
      int keys,
      int valueBytes,
      double reads,
      String distribution,
      @Nullable Double rate,
      double timeoutSeconds,
      long seed) {}

  /** The writing of all keys before the measured part. */
  public record Load(long keys, double seconds, double keysPerSecond) {}

  /**
   * Requests with a good answer.
   *
   * @param minPerSecond the least in a whole second
   * @param longestGapMillis the longest time in which no client had a good answer, to 1 ms
   * @param behindSchedule with a rate: requests that were due, but not sent before the end
   */
  public record Throughput(
      long requests,
      double perSecond,
      double minPerSecond,
      double maxPerSecond,
      long longestGapMillis,
      long behindSchedule,
      long bytesSent,
      long bytesReceived) {}

  /** Response times of one operation, in µs. */
  public record Latency(
      String operation,
      long count,
      double perSecond,
      double mean,
      double p50,
      double p90,
      double p99,
      double p999,
      double max,
      List<Point> percentiles) {}

  /**
   * @param percentile 0 to 100
   * @param micros the response time that this share did not exceed
   */
  public record Point(double percentile, double micros) {}

  /**
   * What the reads showed.
   *
   * @param unknownApplied reads that saw a write whose outcome had been unknown
   * @param keysReadAtEnd keys that were read again after the run
   */
  public record Verification(
      long valuesChecked, long wrong, long lost, long unknownApplied, long keysReadAtEnd) {}

  public record Connections(long reconnects) {}

  /**
   * About a second.
   *
   * @param at seconds from the start to its end
   * @param seconds its length
   */
  public record Interval(
      double at,
      double seconds,
      long gets,
      long sets,
      long errors,
      double p50Micros,
      double p99Micros,
      double maxMicros) {}
}
