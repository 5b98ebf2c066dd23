package kvstore.replication.transport;

import static kvstore.replication.transport.Nodes.ECHO;
import static kvstore.replication.transport.Nodes.SILENT;
import static kvstore.replication.transport.Nodes.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import kvstore.replication.transport.Nodes.End;
import kvstore.replication.transport.ResponseHandler.Failure;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that break, peers that stall, networks that lose and delay. */
class TroubleTest {

  private static final Duration LONG = Duration.ofSeconds(10);

  private static final TransportTimings HASTY =
      new TransportTimings(
          Duration.ofMillis(300),
          Duration.ofMillis(500),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(50),
          Duration.ofMillis(300));

  /** A request counts its end; a second end throws inside the transport and is counted. */
  @Property(tries = 8, shrinking = ShrinkingMode.OFF)
  void everyRequestEndsExactlyOnceWhileConnectionsDie(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    AtomicInteger executed = new AtomicInteger();
    AtomicInteger[] ends = new AtomicInteger[2_000];
    AtomicInteger answered = new AtomicInteger();
    Set<String> notSent = ConcurrentHashMap.newKeySet();
    Set<String> handled = ConcurrentHashMap.newKeySet();
    try (Nodes nodes = Nodes.start(2, options -> options.withTimings(HASTY))) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                executed.incrementAndGet();
                handled.add(body.toString(java.nio.charset.StandardCharsets.UTF_8));
                responder.respond(body.retain());
              });
      for (Lane lane : Lane.values()) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> nodes.ask(1, 2, lane, 110, "first", LONG).get().response() != null);
      }
      int answeredAtKill = -1;
      for (int i = 0; i < ends.length; i++) {
        String text = "r" + i;
        AtomicInteger ended = ends[i] = new AtomicInteger();
        Lane lane = Lane.values()[random.nextInt(4)];
        Duration timeout = Duration.ofMillis(random.nextInt(1, 500));
        nodes
            .get(1)
            .request(
                id(2),
                lane,
                110,
                nodes.text(text),
                timeout,
                new ResponseHandler() {
                  @Override
                  public void response(io.netty.buffer.ByteBuf body) {
                    ended.incrementAndGet();
                    answered.incrementAndGet();
                  }

                  @Override
                  public void failed(Failure failure, String message) {
                    ended.incrementAndGet();
                    if (failure == Failure.NOT_SENT) {
                      notSent.add(text);
                    }
                  }
                });
        // Only what has come back to life is killed again: on a busy machine nothing would live.
        if (answered.get() > answeredAtKill && random.nextInt(25) == 0) {
          answeredAtKill = answered.get();
          if (random.nextBoolean()) {
            nodes.get(1).disconnect(id(2));
          } else {
            nodes.get(2).server().dropConnections();
          }
        }
        if (random.nextInt(20) == 0) {
          LockSupport.parkNanos(random.nextInt(2_000_000));
        }
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Stream.of(ends).allMatch(ended -> ended.get() > 0));
      for (Lane lane : Lane.values()) {
        await().until(() -> nodes.get(1).inflight(id(2), lane) == 0);
        assertThat(nodes.get(1).inflightBytes(id(2), lane)).isZero();
      }
    }
    for (AtomicInteger ended : ends) {
      assertThat(ended).hasValue(1);
    }
    assertThat(answered).hasPositiveValue();
    assertThat(answered.get()).isLessThanOrEqualTo(executed.get());
    handled.retainAll(notSent);
    assertThat(handled).isEmpty();
  }

  @Test
  @Timeout(60)
  void aPeerThatDoesNotReadCannotMakeUsHoldMoreThanTheBound() throws Exception {
    TransportLimits limits = new TransportLimits(1 << 20, 1_000, 4 << 20, 1_000, 4 << 20, 8);
    try (Nodes nodes = Nodes.start(2, options -> options.withLimits(limits));
        ServerSocket deaf = new ServerSocket(0)) {
      nodes.get(1).setPeer(id(3), "127.0.0.1", deaf.getLocalPort());
      var credentials = new Credentials(Nodes.SECRET);
      List<CompletableFuture<End>> ends = new ArrayList<>();
      ends.add(nodes.ask(1, 3, Lane.LOG, ECHO, "x".repeat(100_000), Duration.ofSeconds(1)));
      try (Socket socket = deaf.accept()) {
        trust(credentials, socket);
        for (int i = 0; i < 1_000; i++) {
          ends.add(nodes.ask(1, 3, Lane.LOG, ECHO, "x".repeat(100_000), Duration.ofSeconds(1)));
          assertThat(nodes.get(1).inflightBytes(id(3), Lane.LOG)).isLessThan((4 << 20) + 100_000);
        }
        assertThat(nodes.ask(1, 2, Lane.LOG, ECHO, "y", LONG).get().response()).isEqualTo("y");
        for (CompletableFuture<End> end : ends) {
          assertThat(end.get(20, TimeUnit.SECONDS).failure()).isIn(Failure.NOT_SENT, Failure.LOST);
        }
        // Once the silent connection is given up, what it held is free again.
        await().until(() -> nodes.get(1).inflightBytes(id(3), Lane.LOG) == 0);
        assertThat(nodes.get(1).inflight(id(3), Lane.LOG)).isZero();
      }
    }
  }

  @Test
  @Timeout(60)
  void aSlowHandlerStopsTheReadingNotTheConnection() throws Exception {
    TransportLimits limits = new TransportLimits(1 << 20, 10_000, 64 << 20, 50, 1 << 20, 8);
    List<Responder> held = new CopyOnWriteArrayList<>();
    try (Nodes nodes = Nodes.start(2, options -> options.withLimits(limits).withTimings(HASTY))) {
      nodes.get(2).handle(110, (from, body, responder) -> held.add(responder));
      List<CompletableFuture<End>> ends = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        ends.add(nodes.ask(1, 2, Lane.LOG, 110, "x".repeat(10_000), LONG));
      }
      await().until(() -> held.size() > 50);
      // Longer than a silent connection would live.
      await()
          .during(Duration.ofMillis(700))
          .atMost(Duration.ofSeconds(10))
          .until(() -> held.size() < 300 && ends.stream().noneMatch(CompletableFuture::isDone));
      assertThat(nodes.ask(1, 2, Lane.CONTROL, ECHO, "y", LONG).get().response()).isEqualTo("y");
      AtomicInteger answered = new AtomicInteger();
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> {
            while (answered.get() < held.size()) {
              held.get(answered.getAndIncrement()).respond(nodes.text("done"));
            }
            return answered.get() == ends.size();
          });
      for (CompletableFuture<End> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS).response()).isEqualTo("done");
      }
    }
  }

  @Test
  @Timeout(60)
  void aPeerBehindACutIsNoticedAndReachedAgainOnceHealed() throws Exception {
    Set<Integer> cut = ConcurrentHashMap.newKeySet();
    PeerFaults faults = (from, to, lane) -> cut.isEmpty() ? 0 : PeerFaults.DROP;
    try (Nodes nodes = Nodes.start(2, options -> options.withFaults(faults).withTimings(HASTY))) {
      assertThat(nodes.ask(1, 2, Lane.FORWARD, ECHO, "x", LONG).get().response()).isEqualTo("x");
      cut.add(1);
      End lost = nodes.ask(1, 2, Lane.FORWARD, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
      assertThat(lost.failure()).isEqualTo(Failure.LOST);
      assertThat(lost.message()).contains("silent");
      End refused = nodes.ask(1, 2, Lane.FORWARD, ECHO, "x", LONG).get(20, TimeUnit.SECONDS);
      assertThat(refused.failure()).isEqualTo(Failure.NOT_SENT);
      cut.clear();
      await()
          .atMost(Duration.ofSeconds(2))
          .until(() -> nodes.ask(1, 2, Lane.FORWARD, ECHO, "x", LONG).get().response() != null);
    }
  }

  @Test
  @Timeout(60)
  void requestsThatTimeOutSoonerThanASilenceCountsStillEndASilentConnection() throws Exception {
    Set<Integer> cut = ConcurrentHashMap.newKeySet();
    PeerFaults faults = (from, to, lane) -> cut.isEmpty() ? 0 : PeerFaults.DROP;
    try (Nodes nodes = Nodes.start(2, options -> options.withFaults(faults).withTimings(HASTY))) {
      assertThat(nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", LONG).get().response()).isEqualTo("x");
      cut.add(1);
      Duration tiny = Duration.ofMillis(30);
      await()
          .atMost(Duration.ofSeconds(5))
          .until(() ->
              nodes.ask(1, 2, Lane.CONTROL, ECHO, "x", tiny).get().failure() == Failure.NOT_SENT);
    }
  }

  @Test
  @Timeout(60)
  void delaysKeepTheOrderOfALane() throws Exception {
    AtomicLong calls = new AtomicLong();
    PeerFaults faults =
        (from, to, lane) ->
            calls.get() < 0
                ? 0
                : TimeUnit.MICROSECONDS.toNanos((calls.incrementAndGet() * 7919) % 5_000);
    List<String> seen = new CopyOnWriteArrayList<>();
    List<String> sent = new ArrayList<>();
    try (Nodes nodes = Nodes.start(2, options -> options.withFaults(faults))) {
      nodes
          .get(2)
          .handle(
              110,
              (from, body, responder) -> {
                seen.add(body.toString(java.nio.charset.StandardCharsets.UTF_8));
                responder.respond(body.retain());
              });
      List<CompletableFuture<End>> ends = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        sent.add("" + i);
        ends.add(nodes.ask(1, 2, Lane.LOG, 110, "" + i, LONG));
      }
      for (CompletableFuture<End> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS).failure()).isNull();
      }
    }
    assertThat(seen).isEqualTo(sent);
  }

  @Test
  @Timeout(60)
  void aRequestWaitingForAConnectionIsNotSentWhenItsTimeIsUp() throws Exception {
    try (Nodes nodes = Nodes.start(1);
        ServerSocket mute = new ServerSocket(0)) {
      nodes.get(1).setPeer(id(3), "127.0.0.1", mute.getLocalPort());
      End end =
          nodes.ask(1, 3, Lane.LOG, SILENT, "x", Duration.ofMillis(100)).get(20, TimeUnit.SECONDS);
      assertThat(end.failure()).isEqualTo(Failure.NOT_SENT);
      assertThat(end.message()).contains("no connection");
    }
  }

  /** Plays the server's side of the handshake. */
  private static void trust(Credentials credentials, Socket socket) throws Exception {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] preamble = in.readNBytes(Frames.PREAMBLE_BYTES);
    byte[] helloFrame = in.readNBytes(in.readInt());
    var buffer = io.netty.buffer.Unpooled.wrappedBuffer(helloFrame);
    buffer.skipBytes(1);
    HandshakeFrames.Hello hello = HandshakeFrames.readHello(buffer);
    byte[] nonce = credentials.nonce();
    send(socket, Frames.CHALLENGE, nonce);
    in.readNBytes(in.readInt());
    var transcript =
        new Credentials.Transcript(
            1, preamble[5], hello.clusterId(), hello.from(), hello.to(), hello.nonce(), nonce);
    send(socket, Frames.WELCOME, credentials.proof(Credentials.Role.SERVER, transcript));
  }

  private static void send(Socket socket, byte kind, byte[] bytes) throws Exception {
    var frame =
        HandshakeFrames.bytes(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, kind, bytes);
    frame.readBytes(socket.getOutputStream(), frame.readableBytes());
    frame.release();
  }
}
