package kvstore.replication.transport;

import static kvstore.replication.transport.Nodes.ECHO;
import static kvstore.replication.transport.Nodes.SILENT;
import static kvstore.replication.transport.Nodes.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kvstore.replication.transport.Nodes.End;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PeerTransportTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private static End get(CompletableFuture<End> end) throws Exception {
    return end.get(20, TimeUnit.SECONDS);
  }

  @Test
  void everyLaneCarriesRequestsAndResponsesBothWays() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      for (Lane lane : Lane.values()) {
        assertThat(get(nodes.ask(1, 2, lane, ECHO, "to " + lane, LONG)).response())
            .isEqualTo("to " + lane);
        assertThat(get(nodes.ask(2, 1, lane, ECHO, "back " + lane, LONG)).response())
            .isEqualTo("back " + lane);
      }
    }
  }

  @Test
  void bodiesOfEverySizeArriveWhole() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      for (int size : new int[] {0, 1, 1023, 1024, 1025, 70_000, 5_000_000}) {
        String text = "x".repeat(size);
        assertThat(get(nodes.ask(1, 2, Lane.LOG, ECHO, text, LONG)).response()).isEqualTo(text);
      }
    }
  }

  @Test
  void requestsOfALaneArriveInTheOrderSent() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    List<String> sent = new ArrayList<>();
    try (Nodes nodes = Nodes.start(2)) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                seen.add(body.toString(java.nio.charset.StandardCharsets.UTF_8));
                responder.respond(body.retain());
              });
      List<CompletableFuture<End>> ends = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        sent.add("" + i);
        ends.add(nodes.ask(1, 2, Lane.FORWARD, 110, "" + i, LONG));
      }
      for (CompletableFuture<End> end : ends) {
        assertThat(get(end).failure()).isNull();
      }
    }
    assertThat(seen).isEqualTo(sent);
  }

  /** Asked at the last moment: over a connection that is being made, and over one that stands. */
  @Test
  void whatItsSenderCallsBackIsNotSent() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Nodes nodes = Nodes.start(2)) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                seen.add(body.toString(java.nio.charset.StandardCharsets.UTF_8));
                responder.respond(body.retain());
              });
      for (String round : List.of("made", "stands")) {
        Recalled recalled = new Recalled();
        nodes
            .get(1)
            .request(
                id(2), Lane.FORWARD, 110, Unpooled.copiedBuffer(round.getBytes()), LONG, recalled);
        assertThat(recalled.end.get(20, TimeUnit.SECONDS)).isEqualTo(Failure.NOT_SENT);
        assertThat(get(nodes.ask(1, 2, Lane.FORWARD, 110, "after " + round, LONG)).response())
            .isEqualTo("after " + round);
      }
    }
    assertThat(seen).containsExactly("after made", "after stands");
  }

  private static final class Recalled implements ResponseHandler {
    final CompletableFuture<Failure> end = new CompletableFuture<>();

    @Override
    public boolean mayLeave() {
      return false;
    }

    @Override
    public void response(ByteBuf body) {
      end.completeExceptionally(new AssertionError("it was sent"));
    }

    @Override
    public void failed(Failure failure, String message) {
      end.complete(failure);
    }
  }

  @Test
  void aMethodWithoutAHandlerIsRefused() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      End end = get(nodes.ask(1, 2, Lane.FORWARD, 111, "x", LONG));
      assertThat(end.failure()).isEqualTo(Failure.REFUSED);
      assertThat(end.message()).contains("no handler for method 111").contains("n2");
    }
  }

  @Test
  void aHandlerThatThrowsRefuses() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                throw new IllegalStateException("on purpose");
              });
      End end = get(nodes.ask(1, 2, Lane.FORWARD, 110, "x", LONG));
      assertThat(end.failure()).isEqualTo(Failure.REFUSED);
      assertThat(end.message()).contains("on purpose");
    }
  }

  @Test
  void onlyAHandlersFirstAnswerCounts() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                responder.respond(body.retain());
                responder.respond(body.retain());
                responder.refuse("too late");
              });
      assertThat(get(nodes.ask(1, 2, Lane.FORWARD, 110, "x", LONG)).response()).isEqualTo("x");
      assertThat(get(nodes.ask(1, 2, Lane.FORWARD, ECHO, "y", LONG)).response()).isEqualTo("y");
    }
  }

  @Test
  void handlersRunOnTheirExecutorAndMayAnswerFromIt() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor(r -> new Thread(r, "mine"));
    try (Nodes nodes = Nodes.start(2)) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) ->
                  responder.respond(nodes.text(from + " on " + Thread.currentThread().getName())),
              executor);
      assertThat(get(nodes.ask(1, 2, Lane.FORWARD, 110, "x", LONG)).response())
          .isEqualTo("n1 on mine");
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void aRequestWithoutAnAnswerIsLostWhenItsTimeIsUp() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      End end = get(nodes.ask(1, 2, Lane.FORWARD, SILENT, "x", Duration.ofMillis(50)));
      assertThat(end.failure()).isEqualTo(Failure.LOST);
      assertThat(nodes.get(1).inflight(id(2), Lane.FORWARD)).isZero();
    }
  }

  @Test
  void aRequestToAnUnknownOrAbsentPeerIsNotSent() throws Exception {
    int unused;
    try (ServerSocket socket = new ServerSocket(0)) {
      unused = socket.getLocalPort();
    }
    try (Nodes nodes = Nodes.start(1)) {
      assertThat(get(nodes.ask(1, 7, Lane.LOG, ECHO, "x", LONG)).failure())
          .isEqualTo(Failure.NOT_SENT);
      nodes.get(1).setPeer(id(8), "127.0.0.1", unused);
      assertThat(get(nodes.ask(1, 8, Lane.LOG, ECHO, "x", LONG)).failure())
          .isEqualTo(Failure.NOT_SENT);
      // Within the pause as well.
      assertThat(get(nodes.ask(1, 8, Lane.LOG, ECHO, "x", LONG)).failure())
          .isEqualTo(Failure.NOT_SENT);
    }
  }

  @Test
  void aRequestTooLargeIsNotSent() throws Exception {
    TransportLimits small = new TransportLimits(2_000, 10, 10_000, 10, 10_000, 8);
    try (Nodes nodes = Nodes.start(2, options -> options.withLimits(small))) {
      End end = get(nodes.ask(1, 2, Lane.LOG, ECHO, "x".repeat(2_000), LONG));
      assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
      assertThat(get(nodes.ask(1, 2, Lane.LOG, ECHO, "x".repeat(1_900), LONG)).failure()).isNull();
    }
  }

  @Test
  void aResponseTooLargeIsRefused() throws Exception {
    TransportLimits small = new TransportLimits(2_000, 10, 10_000, 10, 10_000, 8);
    try (Nodes nodes = Nodes.start(2, options -> options.withLimits(small))) {
      nodes
          .get(2)
          .handle(110, (from, body, responder) -> responder.respond(nodes.text("x".repeat(3_000))));
      End end = get(nodes.ask(1, 2, Lane.LOG, 110, "", LONG));
      assertThat(end.failure()).isEqualTo(Failure.REFUSED);
      assertThat(end.message()).contains("over the bound");
    }
  }

  @Test
  void aRestartedPeerIsReachedAgainQuickly() throws Exception {
    try (Nodes nodes = Nodes.start(2)) {
      assertThat(get(nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", LONG)).response()).isEqualTo("x");
      int port = nodes.get(2).boundPort();
      nodes.stop(2);
      await().until(() -> get(nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", LONG)).failure() != null);
      nodes.add(TransportOptions.of(id(2), Nodes.CLUSTER, Nodes.SECRET, "127.0.0.1", port));
      long started = System.nanoTime();
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> get(nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", LONG)).failure() == null);
      assertThat(Duration.ofNanos(System.nanoTime() - started))
          .isLessThan(Duration.ofMillis(1_000));
    }
  }

  @Test
  void closingEndsEveryRequestInFlight() throws Exception {
    List<CompletableFuture<End>> ends = new ArrayList<>();
    try (Nodes nodes = Nodes.start(2)) {
      for (int i = 0; i < 100; i++) {
        ends.add(nodes.ask(1, 2, Lane.LOG, SILENT, "x", LONG));
      }
      PeerTransport closed = nodes.get(1);
      nodes.stop(1);
      for (int i = 0; i < 3; i++) {
        for (Lane lane : List.of(Lane.LOG, Lane.SNAPSHOT)) {
          CompletableFuture<End> late = new CompletableFuture<>();
          closed.request(id(2), lane, ECHO, nodes.text("x"), LONG, Nodes.ending(late));
          assertThat(get(late).failure()).isEqualTo(Failure.NOT_SENT);
        }
      }
      for (CompletableFuture<End> end : ends) {
        assertThat(get(end).failure()).isIn(Failure.LOST, Failure.NOT_SENT);
      }
    }
  }

  @Test
  void aPortInUseIsReported() throws Exception {
    try (Nodes nodes = Nodes.start(1)) {
      int taken = nodes.get(1).boundPort();
      org.assertj.core.api.Assertions.assertThatThrownBy(() ->
              nodes.add(
                  TransportOptions.of(id(2), Nodes.CLUSTER, Nodes.SECRET, "127.0.0.1", taken)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("" + taken);
    }
  }
}
