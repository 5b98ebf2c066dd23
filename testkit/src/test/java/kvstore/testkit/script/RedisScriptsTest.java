package kvstore.testkit.script;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kvstore.testkit.cluster.RedisProcess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The expected replies are Redis's own: where a redis-server is installed, it is asked. */
class RedisScriptsTest {

  @TempDir static Path folder;
  private static RedisProcess redis;

  @BeforeAll
  static void startRedis() throws IOException {
    assumeTrue(RedisProcess.isInstalled(), "there is no redis-server on the PATH");
    redis = RedisProcess.start(folder);
  }

  @AfterAll
  static void stopRedis() {
    if (redis != null) {
      redis.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> redisAnswersAsTheScriptsSay() {
    return Corpus.tests(new ScriptRunner(List.of(redis.address()), false), Corpus.redis());
  }
}
