package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import kvstore.protocol.Reply;
import kvstore.tools.Endpoint;
import kvstore.tools.stress.report.Report;
import org.junit.jupiter.api.Test;

class FailoverTest {

  @Test
  void clientsSpreadOverTheTargets() throws Exception {
    Map<String, byte[]> values = new ConcurrentHashMap<>();
    AtomicInteger first = new AtomicInteger();
    AtomicInteger second = new AtomicInteger();
    try (FaultyServer one = new FaultyServer(counting(first), values);
        FaultyServer two = new FaultyServer(counting(second), values)) {
      Report report = Runs.run(Runs.requests(400), one, two);
      assertThat(report.passed()).isTrue();
      assertThat(first.get()).isGreaterThan(100);
      assertThat(second.get()).isGreaterThan(100);
      assertThat(report.connections().reconnects()).isZero();
    }
  }

  private static FaultyServer.Fault counting(AtomicInteger count) {
    return (server, call) -> {
      count.incrementAndGet();
      return null;
    };
  }

  @Test
  void clientsGoOnWithAnotherTargetWhenTheirsDies() throws Exception {
    Map<String, byte[]> values = new ConcurrentHashMap<>();
    try (FaultyServer dying =
            new FaultyServer(
                (server, call) -> {
                  if (call.number() == 60) {
                    server.close();
                  }
                  return null;
                },
                values);
        FaultyServer living = new FaultyServer((server, call) -> null, values)) {
      Report report = Runs.run(Runs.requests(2_000), dying, living);
      assertThat(report.connections().reconnects()).isEqualTo(2); // two of four clients
      assertThat(Runs.errors(report, Errors.DISCONNECTED)).isPositive();
      assertThat(report.verification().wrong() + report.verification().lost()).isZero();
      assertThat(report.verification().keysReadAtEnd()).isEqualTo(20);
      assertThat(report.throughput().requests()).isGreaterThan(1_900);
      assertThat(report.passed()).isFalse();
    }
  }

  @Test
  void aRequestWithoutAnAnswerEndsInAnErrorAndTheClientGoesOn() throws Exception {
    Map<String, byte[]> values = new ConcurrentHashMap<>();
    try (FaultyServer silent =
            new FaultyServer(
                (server, call) -> {
                  if (call.isGet() && call.number() == 30) {
                    block();
                  }
                  return null;
                },
                values);
        FaultyServer living = new FaultyServer((server, call) -> null, values)) {
      Report report = Runs.run(Runs.requests(1_000), silent, living);
      assertThat(Runs.errors(report, Errors.TIMEOUT)).isEqualTo(1);
      assertThat(report.verification().wrong() + report.verification().lost()).isZero();
      assertThat(report.throughput().requests()).isEqualTo(1_000); // the read was repeated
    }
  }

  private static void block() {
    try {
      Thread.currentThread().join(60_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whatIsNoReplyIsAnErrorOfTheProtocol() throws Exception {
    Report report =
        Runs.against(
            (server, call) -> call.isGet() && call.number() == 30 ? new Reply.Int(1) : null);
    assertThat(Runs.errors(report, Errors.PROTOCOL)).isEqualTo(1);
    assertThat(report.passed()).isFalse();
  }

  @Test
  void nobodyToTestIsSaidAtOnce() throws Exception {
    Endpoint gone;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      gone = new Endpoint("127.0.0.1", socket.getLocalPort());
    }
    assertThatThrownBy(() -> Reachability.require(List.of(gone), Runs.requests(1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aServerThatRefusesForGoodIsNotWaitedFor() throws Exception {
    try (FaultyServer server =
        new FaultyServer((faulty, call) -> new Reply.Failure("NOAUTH Authentication required."))) {
      server.refuseProbes();
      assertThatThrownBy(() -> Reachability.require(List.of(server.endpoint()), Runs.requests(1)))
          .hasMessageContaining("NOAUTH");
    }
  }

  @Test
  void aRunWithoutAnyAnswerEndsWhenItsTimeIsOver() throws Exception {
    try (FaultyServer server =
        new FaultyServer((faulty, call) -> {
          if (call.isSet() && call.number() == 40) {
            faulty.close();
          }
          return null;
        })) {
      Workload workload = Runs.workload(0, Duration.ofMillis(700), 1, 0);
      try (StressRun run =
          new StressRun(
              workload, List.of(server.endpoint()), Progress.none(), Duration.ofSeconds(1))) {
        Report report = run.run(false, false, end -> {});
        assertThat(report.passed()).isFalse();
        assertThat(Runs.errors(report, Errors.CONNECT)).isPositive();
        assertThat(Runs.errors(report, Errors.NOT_CHECKED)).isPositive();
      }
    }
  }
}
