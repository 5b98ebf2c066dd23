package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisAdvancedClusterAsyncCommands;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import kvstore.testkit.cluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClusterClient.Builder;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisDataException;

/** Jedis' and Lettuce's cluster clients, while the leader moves every second: no error, ever. */
class ClusterClientsTest {

  /** Commands of each client; -Dkvstore.client.commands=100000 for the long run. */
  private static final int COMMANDS = Integer.getInteger("kvstore.client.commands", 20_000);

  private static final int WORKERS = 8;
  private static final int KEYS = 500;

  @TempDir static Path folder;
  private static MovingCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = MovingCluster.start(folder);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void jedisFollowsTheLeader() throws Exception {
    try (redis.clients.jedis.RedisClusterClient jedis = jedis(RedisProtocol.RESP2)) {
      cluster.during("Jedis", () -> workers(worker -> jedisWork(jedis, worker)));
    }
  }

  @Test
  void jedisSpeaksResp3AndRefusesKeysOfSeveralSlots() {
    try (redis.clients.jedis.RedisClusterClient jedis = jedis(RedisProtocol.RESP3)) {
      assertThat(jedis.getClusterNodes()).hasSize(3);
      assertThat(jedis.set("{x}a", "1")).isEqualTo("OK");
      assertThat(jedis.mget("{x}a", "{x}b")).containsExactly("1", null);
      assertThatThrownBy(() -> jedis.getConnectionFromSlot(1).executeCommand(command("a", "b")))
          .isInstanceOf(JedisDataException.class)
          .hasMessageStartingWith("CROSSSLOT");
    }
  }

  @Test
  void lettuceFollowsTheLeader() throws Exception {
    try (RedisClusterClient client = lettuce();
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      connection.setTimeout(Duration.ofSeconds(20));
      cluster.during("Lettuce", () -> workers(worker -> lettuceWork(connection.async(), worker)));
    }
  }

  @Test
  void lettuceCountsEveryKeyOnce() {
    try (RedisClusterClient client = lettuce();
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      Set<String> written = new HashSet<>();
      for (int i = 0; i < 200; i++) {
        String key = "once:" + i;
        written.add(key);
        connection.sync().set(key, "x");
      }
      assertThat(connection.sync().keys("once:*")).hasSameSizeAs(written).containsAll(written);
      assertThat(connection.getPartitions()).hasSize(3);
      assertThat(connection.sync().clusterInfo()).contains("cluster_state:ok");
    }
  }

  @Test
  void lettuceReadsFromReplicas() {
    try (RedisClusterClient client = lettuce();
        StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      connection.sync().set("stale", "1");
      connection.setReadFrom(ReadFrom.REPLICA);
      await().until(() -> "1".equals(connection.sync().get("stale")));
    }
  }

  private static redis.clients.jedis.CommandArguments command(String... keys) {
    return new redis.clients.jedis.CommandArguments(redis.clients.jedis.Protocol.Command.MGET)
        .addObjects((Object[]) keys);
  }

  private static redis.clients.jedis.RedisClusterClient jedis(RedisProtocol protocol) {
    Builder builder = redis.clients.jedis.RedisClusterClient.builder();
    builder.nodes(
        cluster.nodes().nodes().stream()
            .map(Node::clusterAddress)
            .map(address -> new HostAndPort("127.0.0.1", address.getPort()))
            .collect(Collectors.toSet()));
    builder.clientConfig(DefaultJedisClientConfig.builder().protocol(protocol).build());
    return builder.build();
  }

  /** Given the plain ports: it learns the others from CLUSTER NODES. */
  private static RedisClusterClient lettuce() {
    List<RedisURI> seeds =
        cluster.nodes().nodes().stream()
            .map(Node::address)
            .map(InetSocketAddress::getPort)
            .map(port -> RedisURI.create("127.0.0.1", port))
            .toList();
    RedisClusterClient client = RedisClusterClient.create(seeds);
    client.setOptions(
        ClusterClientOptions.builder()
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enableAllAdaptiveRefreshTriggers()
                    .adaptiveRefreshTriggersTimeout(Duration.ofMillis(100))
                    .build())
            .build());
    return client;
  }

  private interface Worker {
    long run(int number) throws Exception;
  }

  private static long workers(Worker work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(WORKERS);
    try {
      List<Future<Long>> futures = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        int number = i;
        futures.add(executor.submit(() -> work.run(number)));
      }
      long sum = 0;
      for (Future<Long> future : futures) {
        sum += future.get(10, TimeUnit.MINUTES);
      }
      return sum;
    } finally {
      executor.shutdownNow();
    }
  }

  private static long jedisWork(redis.clients.jedis.RedisClusterClient jedis, int worker) {
    for (int i = 0; i < COMMANDS / WORKERS / 2; i++) {
      String key = "jedis:" + worker + ":" + i % KEYS;
      assertThat(jedis.set(key, "v" + i)).isEqualTo("OK");
      assertThat(jedis.get(key)).isEqualTo("v" + i);
    }
    return COMMANDS / WORKERS / 2 * 2L;
  }

  /** Eight commands at a time. */
  private static long lettuceWork(
      RedisAdvancedClusterAsyncCommands<String, String> commands, int worker) throws Exception {
    int done = 0;
    for (int i = 0; done < COMMANDS / WORKERS; i++) {
      List<RedisFuture<String>> answers = new ArrayList<>();
      for (int j = 0; j < 8; j++) {
        answers.add(commands.set("lettuce:" + worker + ":" + (i * 8 + j) % KEYS, "v" + i));
      }
      for (RedisFuture<String> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("OK");
      }
      answers.clear();
      for (int j = 0; j < 8; j++) {
        answers.add(commands.get("lettuce:" + worker + ":" + (i * 8 + j) % KEYS));
      }
      for (RedisFuture<String> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("v" + i);
      }
      done += 16;
    }
    return done;
  }
}
