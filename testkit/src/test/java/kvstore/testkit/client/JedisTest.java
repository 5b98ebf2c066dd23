package kvstore.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvstore.testkit.cluster.MemoryNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis, as people use it, in both versions of the protocol. */
class JedisTest {

  private static MemoryNode node;

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
  void stringsAndExpiry(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.flushAll();
      assertThat(jedis.set("k", "v", new SetParams().nx().ex(100))).isEqualTo("OK");
      assertThat(jedis.set("k", "w", new SetParams().nx())).isNull();
      assertThat(jedis.ttl("k")).isBetween(99L, 100L);
      assertThat(jedis.get("missing")).isNull();
      assertThat(jedis.mget("k", "missing")).containsExactly("v", null);
      assertThat(jedis.incrByFloat("f", 1.5)).isEqualTo(1.5);
      assertThat(jedis.incr("n")).isEqualTo(1);
      assertThat(jedis.getDel("k")).isEqualTo("v");
      assertThat(jedis.exists("k")).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void pipelines(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> counts = new ArrayList<>();
      pipeline.del("count");
      for (int i = 0; i < 1_000; i++) {
        counts.add(pipeline.incr("count"));
      }
      pipeline.sync();
      assertThat(counts.get(0).get()).isEqualTo(1);
      assertThat(counts.get(999).get()).isEqualTo(1_000);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void transactionsWithWatch(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol);
        Jedis other = connect(protocol)) {
      jedis.set("w", "1");
      jedis.watch("w");
      Transaction lost = jedis.multi();
      lost.set("w", "mine");
      other.set("w", "other");
      assertThat(lost.exec()).isNull();
      jedis.watch("w");
      Transaction won = jedis.multi();
      won.set("w", "mine");
      Response<String> read = won.get("w");
      assertThat(won.exec()).containsExactly("OK", "mine");
      assertThat(read.get()).isEqualTo("mine");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void scansFindEveryKey(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.flushAll();
      Set<String> written = new HashSet<>();
      for (int i = 0; i < 500; i++) {
        written.add("scan:" + i);
        jedis.set("scan:" + i, "x");
      }
      Set<String> found = new HashSet<>();
      String cursor = ScanParams.SCAN_POINTER_START;
      do {
        ScanResult<String> step = jedis.scan(cursor, new ScanParams().match("scan:*").count(50));
        found.addAll(step.getResult());
        cursor = step.getCursor();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
      assertThat(found).isEqualTo(written);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESP2", "RESP3"})
  void errorsKeepTheConnection(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.set("s", "text");
      assertThatThrownBy(() -> jedis.incr("s"))
          .isInstanceOf(JedisDataException.class)
          .hasMessage("ERR value is not an integer or out of range");
      assertThatThrownBy(() -> jedis.lpush("l", "x"))
          .isInstanceOf(JedisDataException.class)
          .hasMessageContaining("unknown command");
      assertThat(jedis.ping()).isEqualTo("PONG");
    }
  }

  private static Jedis connect(RedisProtocol protocol) {
    InetSocketAddress address = node.address();
    return new Jedis(
        address.getHostString(),
        address.getPort(),
        DefaultJedisClientConfig.builder().protocol(protocol).clientName("jedis").build());
  }
}
