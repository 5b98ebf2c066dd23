package kvstore.tools.stress;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import kvstore.protocol.Reply;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import org.jspecify.annotations.Nullable;

/** Whether there is anything to test: a node that answers, and takes writes. */
final class Reachability {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_MILLIS = 50;

  /** What a cluster answers that has no leader yet. */
  private static final Set<String> PASSING =
      Set.of("TRYAGAIN", "CLUSTERDOWN", "UNKNOWN", "LOADING");

  private Reachability() {}

  /** Waits until a write succeeds; a cluster that has just been started needs a moment. */
  static void require(List<Endpoint> targets, Workload workload)
      throws IOException, InterruptedException {
    long giveUpAt = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String refusal = null;
      IOException failure = null;
      for (Endpoint target : targets) {
        try {
          refusal = probe(target, workload);
          if (refusal == null) {
            return;
          }
        } catch (IOException e) {
          failure = e;
        }
      }
      if (refusal == null && failure != null) {
        throw failure;
      }
      boolean passes = refusal == null || PASSING.contains(refusal.split(" ", 2)[0]);
      if (!passes || System.nanoTime() - giveUpAt > 0) {
        throw new IOException("no node takes writes: " + refusal);
      }
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  /** The error reply to a write; null if it was taken. */
  private static @Nullable String probe(Endpoint target, Workload workload) throws IOException {
    try (RespConnection connection =
        RespConnection.open(target, workload.credentials(), CONNECT_TIMEOUT, workload.timeout())) {
      String key = workload.prefix() + "probe";
      Reply reply = connection.call("SET", key, "probe");
      if (reply instanceof Reply.Failure failure) {
        return failure.message();
      }
      if (!reply.equals(Reply.OK)) {
        return "SET was answered by " + reply;
      }
      connection.call("DEL", key);
      return null;
    }
  }
}
