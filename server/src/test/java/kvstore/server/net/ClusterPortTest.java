package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kvstore.protocol.Reply;
import kvstore.server.directory.NodeEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the port for cluster-aware clients does otherwise than the plain one. */
class ClusterPortTest {

  /** Slots: a 15495, b 3300, c 7365. */
  private static final String CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same slot";

  private static final String ABORTED =
      "-EXECABORT Transaction discarded because of previous errors.";

  private final TestServer server = new TestServer();
  private final TestClient plain = server.connect();
  private final TestClient client = server.connectToClusterPort();

  /** This node leads the lower half and has a replica of the upper, which n2 leads. */
  @BeforeEach
  void twoShards() {
    server.node.shards =
        List.of(
            FakeNode.shard(1, 0, 8191, "n1", "n2", "n3"),
            FakeNode.shard(2, 8192, 16383, "n1", "n2", "n3"));
    server.node.leads(1, "n1", 4);
    server.node.leads(2, "n2", 9);
  }

  @AfterEach
  void close() {
    client.close();
    plain.close();
    server.close();
  }

  @Test
  void keysOfAnotherLeaderAreRedirectedOnThisPortOnly() {
    assertThat(client.ask("SET", "b", "1")).isEqualTo("OK");
    assertThat(client.ask("SET", "a", "1")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(client.ask("GET", "a")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(client.ask("MEMORY", "USAGE", "a")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(plain.ask("SET", "a", "1")).isEqualTo("OK");
  }

  @Test
  void keysOfSeveralSlotsAreRefusedEvenInOneShard() {
    assertThat(client.ask("MGET", "b", "c")).isEqualTo(CROSS_SLOT);
    assertThat(client.ask("MGET", "a", "b")).isEqualTo(CROSS_SLOT);
    assertThat(client.ask("EXISTS", "{a}1", "{a}2")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(client.ask("WATCH", "b", "c")).isEqualTo(CROSS_SLOT);
    assertThat(client.ask("WATCH", "a")).isEqualTo("-MOVED 15495 host2:12380");
  }

  @Test
  void aNodeWhoseClusterPortIsUnknownIsAnnouncedByItsPlainOne() {
    NodeEntry n2 = FakeNode.node("n2");
    server.node.nodes = List.of(FakeNode.node("n1"), withPorts(n2, n2.port(), 0));
    assertThat(client.ask("SET", "a", "1")).isEqualTo("-MOVED 15495 host2:7380");
    assertThat(client.ask("CLUSTER", "NODES")).contains(" host2:7380@17380 ");
    server.node.nodes = List.of(FakeNode.node("n1"), withPorts(n2, 0, 0));
    assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
  }

  private static NodeEntry withPorts(NodeEntry node, int port, int clusterPort) {
    return new NodeEntry(
        node.id(),
        node.host(),
        port,
        clusterPort,
        node.peerPort(),
        node.zone(),
        node.status(),
        node.release(),
        node.downSinceMs());
  }

  @Test
  void withoutALeaderTheCommandWaitsHere() {
    server.node.leaderless(2, "n2", 9);
    assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
    server.node.leaders.clear();
    assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
  }

  @Test
  void staleReadsAreAnsweredWhereThereIsAReplica() {
    assertThat(plain.ask("SET", "a", "1")).isEqualTo("OK");
    assertThat(client.ask("READONLY")).isEqualTo("OK");
    assertThat(client.ask("GET", "a")).isEqualTo("1");
    assertThat(client.ask("SET", "a", "2")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(client.ask("READWRITE")).isEqualTo("OK");
    assertThat(client.ask("GET", "a")).isEqualTo("-MOVED 15495 host2:12380");

    server.node.shards =
        List.of(FakeNode.shard(1, 0, 8191, "n1"), FakeNode.shard(2, 8192, 16383, "n2"));
    assertThat(client.ask("READONLY")).isEqualTo("OK");
    assertThat(client.ask("GET", "a")).isEqualTo("-MOVED 15495 host2:12380");
  }

  @Test
  void oneNodeTellsOfAllKeysForAll() {
    assertThat(client.ask("DBSIZE")).isEqualTo("-ERR the fake does not know dbsize");
    server.node.leads(1, "n3", 5);
    server.node.leads(2, "n1", 10);
    assertThat(client.ask("DBSIZE")).isEqualTo("0");
    assertThat(client.ask("SCAN", "0")).isEqualTo("[0, []]");
    assertThat(client.ask("SCAN", "17")).isEqualTo("-ERR the fake does not know scan");
    assertThat(client.ask("KEYS", "*")).isEqualTo("[]");
    assertThat(client.ask("FLUSHALL")).isEqualTo("-ERR the fake does not know flushall");
    assertThat(plain.ask("DBSIZE")).isEqualTo("-ERR the fake does not know dbsize");
  }

  @Test
  void askingChangesNothing() {
    assertThat(client.ask("ASKING")).isEqualTo("OK");
    assertThat(client.ask("GET", "a")).isEqualTo("-MOVED 15495 host2:12380");
  }

  @Test
  void aRedirectionWithinATransactionAbortsIt() {
    assertThat(client.ask("MULTI")).isEqualTo("OK");
    assertThat(client.ask("SET", "a", "1")).isEqualTo("-MOVED 15495 host2:12380");
    assertThat(client.ask("SET", "b", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC")).isEqualTo(ABORTED);

    assertThat(client.ask("MULTI")).isEqualTo("OK");
    assertThat(client.ask("MGET", "b", "c")).isEqualTo(CROSS_SLOT);
    assertThat(client.ask("EXEC")).isEqualTo(ABORTED);
    assertThat(plain.ask("GET", "b")).isEqualTo("(nil)");
  }

  @Test
  void aTransactionOverSlotsOrOfALeaderThatMovedEndsAtExec() {
    client.ask("MULTI");
    assertThat(client.ask("SET", "b", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("SET", "c", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC")).isEqualTo(CROSS_SLOT);

    client.ask("MULTI");
    assertThat(client.ask("SET", "b", "1")).isEqualTo("QUEUED");
    server.node.leads(1, "n3", 5);
    assertThat(client.ask("EXEC")).isEqualTo("-MOVED 3300 host3:12381");
    assertThat(client.ask("EXEC")).isEqualTo("-ERR EXEC without MULTI");

    server.node.leads(1, "n1", 6);
    client.ask("MULTI");
    assertThat(client.ask("SET", "b", "1")).isEqualTo("QUEUED");
    assertThat(client.ask("PING")).isEqualTo("QUEUED");
    assertThat(client.ask("SET", "b", "2")).isEqualTo("QUEUED");
    assertThat(client.ask("EXEC")).isEqualTo("[OK, PONG, OK]");
  }

  @Test
  void eachPortSaysWhatItIs() {
    assertThat(client.ask("HELLO")).contains("mode, cluster");
    assertThat(client.ask("INFO", "server"))
        .contains("redis_mode:cluster", "cluster_port:" + server.net.clusterPort());
    assertThat(client.ask("INFO", "cluster")).contains("cluster_enabled:1");
    assertThat(client.ask("SELECT", "1")).isEqualTo("-ERR SELECT is not allowed in cluster mode");
    assertThat(plain.ask("HELLO")).contains("mode, standalone");
    assertThat(plain.ask("INFO", "server"))
        .contains("redis_mode:standalone", "tcp_port:" + server.net.port());
    assertThat(plain.ask("INFO", "cluster")).contains("cluster_enabled:0");
    assertThat(plain.ask("SELECT", "1")).isEqualTo("-ERR DB index is out of range");
  }

  @Test
  void bothPortsAnnounceTheClusterPorts() {
    for (TestClient each : List.of(plain, client)) {
      assertThat(each.ask("CLUSTER", "SLOTS"))
          .isEqualTo(
              "[[0, 8191, [127.0.0.1, %d, %s, [node-id, n1]], [host2, 12380, %s, [node-id, n2]],"
                  + " [host3, 12381, %s, [node-id, n3]]], [8192, 16383, [host2, 12380, %s,"
                  + " [node-id, n2]], [127.0.0.1, %d, %s, [node-id, n1]], [host3, 12381, %s,"
                  + " [node-id, n3]]]]",
              server.net.clusterPort(),
              hex("n1"),
              hex("n2"),
              hex("n3"),
              hex("n2"),
              server.net.clusterPort(),
              hex("n1"),
              hex("n3"));
    }
  }

  @Test
  void nodesAreListedAsRedisListsThem() {
    server.node.nodes =
        List.of(
            FakeNode.node("n1"),
            FakeNode.node("n2"),
            FakeNode.node("n3").withDownSince(1_700_000_000_000L),
            FakeNode.node("n4"),
            FakeNode.node("n5").withStatus(NodeEntry.Status.OUT));
    List<String> lines = client.ask("CLUSTER", "NODES").lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0))
        .matches(
            hex("n1")
                + " 127\\.0\\.0\\.1:"
                + server.net.clusterPort()
                + "@17379 myself,master - 0 \\d{13} 4 connected 0-8191");
    assertThat(lines.get(1))
        .matches(hex("n2") + " host2:12380@17380 master - 0 \\d{13} 9 connected 8192-16383");
    assertThat(lines.get(2))
        .isEqualTo(
            hex("n3")
                + " host3:12381@17381 slave,fail "
                + hex("n1")
                + " 1700000000000 1700000000000 4 disconnected");
    assertThat(lines.get(3))
        .matches(hex("n4") + " host4:12382@17382 master - 0 \\d{13} 0 connected");
    assertThat(client.ask("CLUSTER", "REPLICAS", hex("n1"))).isEqualTo("[" + lines.get(2) + "]");
    assertThat(client.ask("CLUSTER", "SLAVES", hex("n3")))
        .isEqualTo("-ERR The specified node is not a master");
    assertThat(client.ask("CLUSTER", "REPLICAS", "abc")).isEqualTo("-ERR Unknown node abc");
    assertThat(client.ask("CLUSTER", "COUNT-FAILURE-REPORTS", hex("n3"))).isEqualTo("1");
    assertThat(client.ask("CLUSTER", "SLOTS")).doesNotContain("host3");
  }

  @Test
  void aNodeThatLeadsNeighboursOwnsOneRangeInNodesAndBothInSlots() {
    server.node.leads(2, "n1", 11);
    assertThat(client.ask("CLUSTER", "NODES")).contains(" 11 connected 0-16383");
    assertThat(client.ask("CLUSTER", "SLOTS")).contains("[0, 8191, ", "[8192, 16383, ");
  }

  @Test
  void slotsKeepTheirLastLeaderWhileANewOneIsElected() {
    server.node.leaderless(2, "n2", 9);
    assertThat(client.ask("CLUSTER", "SLOTS")).contains("[8192, 16383, [host2, 12380, ");
    assertThat(client.ask("CLUSTER", "INFO"))
        .contains("cluster_state:fail", "cluster_slots_ok:8192", "cluster_slots_pfail:8192");
    server.node.leads(2, "n3", 10);
    assertThat(client.ask("CLUSTER", "SLOTS")).contains("[8192, 16383, [host3, 12381, ");
    assertThat(client.ask("CLUSTER", "INFO"))
        .contains(
            "cluster_state:ok",
            "cluster_slots_assigned:16384",
            "cluster_slots_ok:16384",
            "cluster_known_nodes:3",
            "cluster_size:2",
            "cluster_current_epoch:10",
            "cluster_my_epoch:4");
  }

  @Test
  void shardsAndLinksAreMapsInResp3() {
    client.call("HELLO", "3");
    Reply shards = client.call("CLUSTER", "SHARDS");
    Reply first = ((Reply.Array) shards).items().get(0);
    assertThat(first).isInstanceOf(Reply.Pairs.class);
    assertThat(TestClient.show(first))
        .startsWith("{[slots, [0, 8191], nodes, [{[id, " + hex("n1") + ", port, ")
        .contains(
            "ip, 127.0.0.1, endpoint, 127.0.0.1, role, master, replication-offset, 9, health,"
                + " online, node-id, n1]}",
            "role, replica");
    assertThat(client.call("CLUSTER", "NODES")).isInstanceOf(Reply.Verbatim.class);
    assertThat(client.ask("CLUSTER", "LINKS"))
        .isEqualTo(
            "[{[direction, to, node, %s, node-id, n2]}, {[direction, to, node, %s, node-id, n3]}]",
            hex("n2"), hex("n3"));
  }

  @Test
  void idsAreFortyHexadecimalDigitsAndTheSameEverywhere() {
    assertThat(plain.ask("CLUSTER", "MYID")).isEqualTo(hex("n1")).matches("[0-9a-f]{40}");
    assertThat(client.ask("CLUSTER", "MYSHARDID"))
        .isEqualTo(HexIds.ofShard("test-cluster", 1))
        .matches("[0-9a-f]{40}");
    assertThat(client.ask("CLUSTER", "KEYSLOT", "b")).isEqualTo("3300");
  }

  @Test
  void keysOfASlotAreCountedAndListed() {
    client.ask("SET", "{b}1", "x");
    client.ask("SET", "{b}2", "x");
    assertThat(client.ask("CLUSTER", "COUNTKEYSINSLOT", "3300")).isEqualTo("2");
    assertThat(plain.ask("CLUSTER", "COUNTKEYSINSLOT", "3301")).isEqualTo("0");
    assertThat(client.ask("CLUSTER", "GETKEYSINSLOT", "3300", "5")).isEqualTo("[{b}1, {b}2]");
    assertThat(client.ask("CLUSTER", "GETKEYSINSLOT", "3300", "1")).isEqualTo("[{b}1]");
    assertThat(client.ask("CLUSTER", "GETKEYSINSLOT", "3300", "-1"))
        .isEqualTo("-ERR Invalid slot or number of keys");
    assertThat(client.ask("CLUSTER", "COUNTKEYSINSLOT", "16384")).isEqualTo("-ERR Invalid slot");
    assertThat(client.ask("CLUSTER", "COUNTKEYSINSLOT", "x"))
        .isEqualTo("-ERR value is not an integer or out of range");
  }

  @Test
  void whatTheClusterDoesByItselfIsRefusedInAClearLine() {
    assertThat(client.ask("CLUSTER", "MEET", "127.0.0.1", "7000"))
        .startsWith("-ERR CLUSTER MEET is not offered");
    assertThat(client.ask("CLUSTER", "NOPE"))
        .isEqualTo("-ERR unknown subcommand 'NOPE'. Try CLUSTER HELP.");
    assertThat(client.ask("CLUSTER", "HELP")).contains("COUNT-FAILURE-REPORTS node-id");
  }

  private static String hex(String node) {
    return HexIds.ofNode("test-cluster", new kvstore.replication.NodeId(node));
  }
}
