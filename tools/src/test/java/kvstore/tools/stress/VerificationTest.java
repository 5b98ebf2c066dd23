package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.protocol.Reply;
import kvstore.tools.stress.report.Report;
import org.junit.jupiter.api.Test;

/** Servers that answer deliberately wrong: each must be found out. */
class VerificationTest {

  /** Reads before the end check see the fault from this request on. */
  private static final int LATE = 100;

  @Test
  void aSoundServerPasses() throws Exception {
    try (FaultyServer server = FaultyServer.sound()) {
      Report report = Runs.run(Runs.requests(1_000), server);
      assertThat(report.errors()).isEmpty();
      assertThat(report.passed()).isTrue();
      assertThat(report.throughput().requests()).isEqualTo(1_000);
      assertThat(report.verification().keysReadAtEnd()).isEqualTo(20);
      assertThat(report.verification().valuesChecked())
          .isEqualTo(report.latencies().get(0).count() + 20);
    }
  }

  @Test
  void aPipelineOfReadsAndWritesOfFewKeysPassesOnASoundServer() throws Exception {
    try (FaultyServer server = FaultyServer.sound()) {
      Report report = Runs.run(Runs.workload(20_000, Duration.ZERO, 32, 0), server);
      assertThat(report.errors()).isEmpty();
      assertThat(report.throughput().requests()).isEqualTo(20_000);
    }
  }

  @Test
  void aDamagedValueIsWrong() throws Exception {
    Report report =
        Runs.against((server, call) -> {
          if (call.isGet() && call.number() == LATE) {
            server.change(
                call.key(),
                value -> {
                  value[25] ^= 1;
                  return value;
                });
          }
          return null;
        });
    assertFailed(report, Errors.WRONG);
  }

  @Test
  void theValueOfAnotherKeyIsWrong() throws Exception {
    AtomicReference<byte[]> other = new AtomicReference<>();
    AtomicBoolean mixedUp = new AtomicBoolean();
    Report report =
        Runs.against((server, call) -> {
          if (call.isSet() && call.key().endsWith("0")) {
            other.set(call.value());
          }
          boolean now =
              call.isGet()
                  && !call.key().endsWith("0")
                  && call.number() > LATE
                  && mixedUp.compareAndSet(false, true);
          return now ? new Reply.Bulk(other.get()) : null;
        });
    assertFailed(report, Errors.WRONG);
    assertThat(report.errors().get(0).example()).contains("another key");
  }

  @Test
  void aValueThatTheServerCutShortIsWrong() throws Exception {
    assertFailed(
        Runs.against(
            (server, call) -> call.isGet() && call.number() == LATE ? Reply.bulk("short") : null),
        Errors.WRONG);
  }

  @Test
  void anAcknowledgedWriteThatIsMissingIsLost() throws Exception {
    assertFailed(
        Runs.against((server, call) -> call.isGet() && call.number() == LATE ? Reply.NIL : null),
        Errors.LOST);
  }

  @Test
  void anOlderValueThanAcknowledgedIsLost() throws Exception {
    Map<String, byte[]> first = new ConcurrentHashMap<>();
    Report report =
        Runs.against((server, call) -> {
          if (call.isSet()) {
            first.putIfAbsent(call.key(), call.value());
          }
          return call.isGet() ? new Reply.Bulk(first.get(call.key())) : null;
        });
    assertFailed(report, Errors.LOST);
  }

  @Test
  void aWriteThatIsAcknowledgedAndDroppedIsLost() throws Exception {
    assertFailed(
        Runs.against((server, call) -> call.isSet() && call.number() > 200 ? Reply.OK : null),
        Errors.LOST);
  }

  @Test
  void theCheckAtTheEndFindsWhatNoReadSaw() throws Exception {
    Report report =
        Runs.against(
            (server, call) ->
                call.isGet() && call.key().endsWith("17") ? new Reply.Bulk(new byte[32]) : null,
            Runs.writes(400));
    assertFailed(report, Errors.WRONG);
    assertThat(report.verdict()).startsWith("FAILED");
  }

  @Test
  void aRefusedWriteThatTookEffectIsWrong() throws Exception {
    // in a pipeline, reads come before the write is repeated
    Report report =
        Runs.against(
            (server, call) -> {
              if (call.isSet() && call.number() % 20 == 0) {
                server.right(call);
                return new Reply.Failure("TRYAGAIN not applied");
              }
              return null;
            },
            Runs.workload(2_000, Duration.ZERO, 8, 0));
    assertThat(Runs.errors(report, "-TRYAGAIN")).isPositive();
    assertFailed(report, Errors.WRONG);
  }

  @Test
  void aRefusedWriteIsRepeatedAndCounted() throws Exception {
    Report report =
        Runs.against((server, call) ->
            call.isSet() && call.number() % 50 == 0
                ? new Reply.Failure("TRYAGAIN not applied")
                : null);
    assertThat(report.throughput().requests()).isEqualTo(400);
    assertThat(Runs.errors(report, "-TRYAGAIN")).isPositive();
    assertThat(report.verification().wrong() + report.verification().lost()).isZero();
    assertThat(report.passed()).isFalse();
  }

  @Test
  void aWriteOfUnknownOutcomeMayOrMayNotTakeEffect() throws Exception {
    Report report =
        Runs.against((server, call) -> {
          if (!call.isSet() || call.number() % 10 != 0) {
            return null;
          }
          if (call.number() % 20 == 0) {
            server.right(call);
          }
          return new Reply.Failure("UNKNOWN no answer in time");
        });
    assertThat(Runs.errors(report, "-UNKNOWN")).isPositive();
    assertThat(report.verification().wrong()).isZero();
    assertThat(report.verification().lost()).isZero();
    assertThat(report.verification().unknownApplied()).isPositive();
    assertThat(report.passed()).isFalse();
  }

  private static void assertFailed(Report report, String kind) {
    assertThat(Runs.errors(report, kind)).as("%s in %s", kind, report.errors()).isPositive();
    assertThat(report.errors().get(0).kind()).isEqualTo(kind);
    assertThat(report.passed()).isFalse();
    assertThat(report.verdict()).startsWith("FAILED");
  }
}
