package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * More than a node is made for: it goes on serving, in bounded memory. {@code
 * -Doverload.connections}, {@code -Doverload.owed}, {@code -Doverload.halves} and {@code
 * -Doverload.seconds} make it harder.
 */
class OverloadTest {

  private static final int CONNECTIONS = Integer.getInteger("overload.connections", 2_000);
  private static final int OWED = Integer.getInteger("overload.owed", 200);
  private static final int HALVES = Integer.getInteger("overload.halves", 240);
  private static final int SECONDS = Integer.getInteger("overload.seconds", 3);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long MIB = 1 << 20;
  private static final int PROBES = 300;

  /** A busy machine may take long for one answer; a node that is stuck takes for ever. */
  private static final long LONGEST_PROBE_MS = 5_000;

  @TempDir static Path folder;

  private static ProcessCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster =
        ProcessCluster.start(
            3,
            folder,
            "--output-buffer-limit",
            "8MiB",
            "--max-queue-wait",
            "50ms", // so that a few connections are a flood
            "--maxclients",
            "20000",
            "--election-timeout",
            "3s"); // no needless election on a busy machine
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void idleConnectionsAndHalfSentRequestsCostLittle() throws Exception {
    Node node = cluster.leader();
    probe("before", node);
    long before = node.child().residentBytes();
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Socket client = new Socket(); // a RespClient would take buffers
        idle.add(client);
        client.connect(node.address());
        if (i % 2 == 1) {
          client
              .getOutputStream()
              .write(ascii("*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$60000000\r\nabc"));
        }
      }
      try (RespClient other = node.connect()) {
        await()
            .atMost(PATIENCE)
            .until(() -> connected(String.valueOf(other.ask("INFO", "clients"))) >= CONNECTIONS);
      }
      probe("with " + CONNECTIONS + " connections", node);
      long each = (node.child().residentBytes() - before) / CONNECTIONS;
      System.out.printf(
          "%d connections, half of them in mid-request: %d bytes each%n", CONNECTIONS, each);
      assertThat(each).as("bytes per connection").isLessThan(64 << 10);
    } finally {
      for (Socket client : idle) {
        client.close();
      }
    }
  }

  /** Each of them may send as much; all together they may not. The nodes of tests have 256 MiB. */
  @Test
  void halvesOfLargeRequestsAreBoundedTogether() throws Exception {
    Node node = cluster.leader();
    probe("before half-sent values", node);
    long before = node.child().residentBytes();
    byte[] half = new byte[700 << 10];
    byte[] start = ascii("*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1048576\r\n");
    System.arraycopy(start, 0, half, 0, start.length);
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < HALVES; i++) {
        Socket client = new Socket();
        clients.add(client);
        client.connect(node.address());
        try {
          client.getOutputStream().write(half);
        } catch (IOException ended) {
          // one of those that hold the most
        }
      }
      await().atMost(PATIENCE).until(() -> node.child().output().contains("come in part"));
      probe("with half-sent values", node);
      assertThat(node.call("SET", "large", "x".repeat((int) MIB)))
          .as(node.child().output())
          .isEqualTo(Reply.OK);
      long more = (node.child().residentBytes() - before) / MIB;
      System.out.printf(
          "%d halves of requests, %d MiB: node +%d MiB%n",
          HALVES, (long) HALVES * half.length / MIB, more);
      assertThat(more).as("MiB more").isLessThan(700);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
    probe("after half-sent values", node);
  }

  private static int connected(String info) {
    return info.lines()
        .filter(line -> line.startsWith("connected_clients:"))
        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
        .sum();
  }

  /** Through a follower, so that the values come from another node first. */
  @Test
  void repliesThatNobodyReadsAreBoundedOnTheWayThroughAFollower() throws Exception {
    Node leader = cluster.leader();
    Node follower = cluster.followers().get(0);
    assertThat(leader.call("SET", "large", "x".repeat((int) MIB))).isEqualTo(Reply.OK);
    long leaderBefore = leader.child().residentBytes();
    long followerBefore = follower.child().residentBytes();
    try (RespClient slow = follower.connect();
        RespClient other = follower.connect()) {
      byte[] get = ascii("*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n");
      byte[] all = new byte[get.length * OWED];
      for (int i = 0; i < OWED; i++) {
        System.arraycopy(get, 0, all, i * get.length, get.length);
      }
      slow.sendBytes(all);
      await()
          .atMost(PATIENCE)
          .until(() ->
              String.valueOf(other.ask("INFO", "clients"))
                  .matches("(?s).*cut_off_clients:[1-9].*"));
      System.out.printf(
          "%d replies of 1 MiB owed: leader +%d MiB, follower +%d MiB%n",
          OWED,
          (leader.child().residentBytes() - leaderBefore) / MIB,
          (follower.child().residentBytes() - followerBefore) / MIB);
      assertThat(follower.child().output()).contains("cut off: it does not read its replies");
      assertThat(leader.isUp() && follower.isUp()).as(cluster.tails()).isTrue();
      assertThat(other.call("SET", "other", "2")).as(cluster.tails()).isEqualTo(Reply.OK);
    }
    probe("after replies nobody read", follower);
  }

  @Test
  void strangersOnThePeerPortAreSentAwayAndHarmNobody() throws Exception {
    byte[] noise = new byte[4_096];
    new Random(1).nextBytes(noise);
    byte[] tls = Arrays.copyOf(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, 517);
    Map<String, byte[]> strangers = new TreeMap<>();
    strangers.put("noise", noise);
    strangers.put("TLS", tls);
    strangers.put("HTTP", ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    strangers.put("Redis", ascii("*1\r\n$4\r\nPING\r\n"));
    strangers.put("a preamble and a huge frame", ascii("KVPR\1\0\177\377\377\377xxxx"));
    strangers.put("nothing", new byte[0]);
    strangers.put("half a preamble", ascii("KV"));
    Map<Socket, String> sockets = new LinkedHashMap<>();
    try {
      for (Node node : cluster.nodes()) {
        for (Map.Entry<String, byte[]> stranger : strangers.entrySet()) {
          // whole crowds of those that say too little and wait
          for (int i = stranger.getValue().length < 4 ? 100 : 5; i > 0; i--) {
            Socket socket = new Socket();
            sockets.put(socket, stranger.getKey());
            greet(socket, node, stranger.getValue());
          }
        }
      }
      for (Node node : cluster.nodes()) {
        assertThat(node.call("SET", "served", node.id())).isEqualTo(Reply.OK);
      }
      for (Map.Entry<Socket, String> socket : sockets.entrySet()) {
        assertThat(endsSoon(socket.getKey())).as(socket.getValue()).isTrue();
      }
    } finally {
      for (Socket socket : sockets.keySet()) {
        socket.close();
      }
    }
    for (Node node : cluster.nodes()) {
      assertThat(node.call("SET", "served", node.id())).isEqualTo(Reply.OK);
      // 10 lines in 5 s at most, which is 10 s each for those that say nothing
      assertThat(node.child().output().lines().filter(line -> line.contains("eer connection")))
          .as("lines about strangers")
          .hasSizeBetween(1, 60);
    }
  }

  private static void greet(Socket socket, Node node, byte[] words) throws IOException {
    socket.connect(node.peerAddress());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    try {
      socket.getOutputStream().write(words);
    } catch (SocketException full) {
      // closed already: there are too many strangers
    }
  }

  /** Whether the other side closes it without saying much. */
  private static boolean endsSoon(Socket socket) {
    try {
      return socket.getInputStream().readNBytes(4_096).length < 4_096;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Test
  void aFloodIsAdmittedOrRefusedInBoundedTimeAndMemory() throws Exception {
    Node node = cluster.leader();
    probe("before the flood", node);
    long before = node.child().residentBytes();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      List<Future<Map<String, Integer>>> floods = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int number = i;
        floods.add(
            threads.submit(
                (Callable<Map<String, Integer>>) () -> flood(node.address(), number, end)));
      }
      int refused = probe("in the flood", node);
      Map<String, Integer> answers = new TreeMap<>();
      for (Future<Map<String, Integer>> flood : floods) {
        flood
            .get(PATIENCE.toSeconds() + SECONDS, TimeUnit.SECONDS)
            .forEach((answer, count) -> answers.merge(answer, count, Integer::sum));
      }
      long more = (node.child().residentBytes() - before) / MIB;
      System.out.printf(
          "flood of %d s: %s, of %d others %d, node +%d MiB%n",
          SECONDS, answers, PROBES, refused, more);
      assertThat(answers.keySet()).isSubsetOf("OK", "-TRYAGAIN", "-OOM");
      assertThat(answers).as("admitted and refused").containsKeys("OK", "-TRYAGAIN");
      assertThat(more).as("MiB more").isLessThan(700);
    } finally {
      threads.shutdownNow();
    }
    probe("after the flood", node);
  }

  /** 5000 writes of 1 KiB outstanding at a time; the answers by kind. */
  private static Map<String, Integer> flood(InetSocketAddress address, int number, long end)
      throws IOException {
    Map<String, Integer> answers = new TreeMap<>();
    byte[] set =
        ascii("*3\r\n$3\r\nSET\r\n$2\r\nf" + number + "\r\n$1024\r\n" + "v".repeat(1024) + "\r\n");
    byte[] burst = new byte[set.length * 500];
    for (int i = 0; i < 500; i++) {
      System.arraycopy(set, 0, burst, i * set.length, set.length);
    }
    try (RespClient client = new RespClient(address, PATIENCE)) {
      int owed = 0;
      while (owed > 0 || System.nanoTime() < end) {
        while (owed < 5_000 && System.nanoTime() < end) {
          client.sendBytes(burst);
          owed += 500;
        }
        for (int i = 0; i < 500; i++, owed--) {
          Reply reply = client.receive();
          String kind =
              reply instanceof Reply.Failure failure
                  ? "-" + failure.message().split(" ", 2)[0]
                  : reply.equals(Reply.OK) ? "OK" : reply.toString();
          answers.merge(kind, 1, Integer::sum);
        }
      }
    }
    return answers;
  }

  /**
   * Reads and writes as one client more would, and says how long that took.
   *
   * @return how many were refused
   */
  private static int probe(String when, Node node) throws IOException {
    long[] micros = new long[PROBES];
    int refused = 0;
    try (RespClient client = new RespClient(node.address(), PATIENCE)) {
      for (int i = 0; i < PROBES; i++) {
        long start = System.nanoTime();
        Reply reply =
            i % 2 == 0 ? client.call("SET", "probe", "" + i) : client.call("GET", "probe");
        micros[i] = (System.nanoTime() - start) / 1_000;
        if (reply instanceof Reply.Failure failure) {
          assertThat(failure.message()).as(when).startsWith("TRYAGAIN");
          refused++;
        }
      }
    }
    Arrays.sort(micros);
    System.out.printf(
        "%s: p50 %d us, p99 %d us, longest %d us%n",
        when, micros[PROBES / 2], micros[PROBES * 99 / 100], micros[PROBES - 1]);
    assertThat(micros[PROBES - 1] / 1_000).as(when).isLessThan(LONGEST_PROBE_MS);
    return refused;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
