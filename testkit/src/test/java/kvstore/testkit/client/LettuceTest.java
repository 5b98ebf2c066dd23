package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kvstore.testkit.cluster.MemoryNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lettuce, as people use it, in both versions of the protocol. */
class LettuceTest {

  private static MemoryNode node;

  /** What a test does with a client's connections. */
  private interface Work {
    void on(StatefulRedisConnection<String, String> one, RedisCommands<String, String> other)
        throws Exception;
  }

  @BeforeAll
  static void start() throws IOException {
    node = MemoryNode.start();
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void stringsAndInfo(ProtocolVersion protocol) throws Exception {
    with(
        protocol,
        (connection, other) -> {
          RedisCommands<String, String> sync = connection.sync();
          sync.flushall();
          assertThat(sync.mset(Map.of("a", "1", "b", "2"))).isEqualTo("OK");
          assertThat(sync.mget("a", "none"))
              .containsExactly(KeyValue.just("a", "1"), KeyValue.empty("none"));
          assertThat(sync.getset("a", "3")).isEqualTo("1");
          assertThat(sync.expire("a", 100)).isTrue();
          assertThat(sync.ttl("a")).isBetween(99L, 100L);
          assertThat(sync.info("server")).contains("redis_version:7.");
          assertThat(sync.clientGetname()).isEqualTo("lettuce");
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void manyCommandsInFlightOnOneConnection(ProtocolVersion protocol) throws Exception {
    with(
        protocol,
        (connection, other) -> {
          connection.sync().del("count");
          List<RedisFuture<Long>> futures = new ArrayList<>();
          for (int i = 0; i < 1_000; i++) {
            futures.add(connection.async().incr("count"));
          }
          assertThat(
                  LettuceFutures.awaitAll(
                      Duration.ofSeconds(20), futures.toArray(RedisFuture[]::new)))
              .isTrue();
          assertThat(futures.get(999).get(1, TimeUnit.SECONDS)).isEqualTo(1_000);
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void transactionsWithWatch(ProtocolVersion protocol) throws Exception {
    with(
        protocol,
        (connection, other) -> {
          RedisCommands<String, String> sync = connection.sync();
          sync.set("w", "1");
          sync.watch("w");
          sync.multi();
          sync.set("w", "mine");
          other.set("w", "other");
          TransactionResult lost = sync.exec();
          assertThat(lost.wasDiscarded()).isTrue();
          sync.multi();
          sync.set("w", "mine");
          sync.get("w");
          TransactionResult won = sync.exec();
          assertThat(won.wasDiscarded()).isFalse();
          assertThat(won.stream().toList()).containsExactly("OK", "mine");
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void scansFindEveryKey(ProtocolVersion protocol) throws Exception {
    with(
        protocol,
        (connection, other) -> {
          RedisCommands<String, String> sync = connection.sync();
          sync.flushall();
          Map<String, String> written = new HashMap<>();
          for (int i = 0; i < 500; i++) {
            written.put("scan:" + i, "x");
          }
          sync.mset(written);
          assertThat(ScanIterator.scan(sync).stream())
              .containsExactlyInAnyOrderElementsOf(written.keySet());
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void errorsKeepTheConnection(ProtocolVersion protocol) throws Exception {
    with(
        protocol,
        (connection, other) -> {
          RedisCommands<String, String> sync = connection.sync();
          sync.set("s", "text");
          assertThatThrownBy(() -> sync.incr("s"))
              .isInstanceOf(RedisCommandExecutionException.class)
              .hasMessage("ERR value is not an integer or out of range");
          assertThat(sync.ping()).isEqualTo("PONG");
        });
  }

  private static void with(ProtocolVersion protocol, Work work) throws Exception {
    RedisURI uri =
        RedisURI.builder()
            .withHost(node.address().getHostString())
            .withPort(node.address().getPort())
            .withClientName("lettuce")
            .build();
    RedisClient client = RedisClient.create(uri);
    client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
    try (StatefulRedisConnection<String, String> one = client.connect();
        StatefulRedisConnection<String, String> other = client.connect()) {
      work.on(one, other.sync());
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }
}
