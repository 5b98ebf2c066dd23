package kvstore.testkit.cluster;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A {@code redis-server} of this machine, to compare with. */
public final class RedisProcess implements AutoCloseable {

  private final Child child;
  private final int port;

  private RedisProcess(Child child, int port) {
    this.child = child;
    this.port = port;
  }

  /** Whether there is one to start. */
  public static boolean isInstalled() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(path)
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
  }

  /** Starts one that keeps nothing on disk. */
  public static RedisProcess start(Path folder) throws IOException {
    int port = FreePorts.next();
    List<String> command =
        List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", "");
    RedisProcess redis =
        new RedisProcess(Child.start(command, folder, folder.resolve("redis.log")), port);
    Readiness.awaitPong(redis.address(), redis.child);
    return redis;
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public void close() {
    child.close();
  }
}
