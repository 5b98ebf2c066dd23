package kvstore.tools.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kvstore.protocol.Reply;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;

/** Compares what the replicas of each shard hold, byte for byte, at the same log index. */
final class Convergence {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<String> names;
  private final List<Endpoint> nodes;
  private final int leastReplicas;

  /**
   * @param leastReplicas how many each shard must have
   */
  Convergence(List<String> names, List<Endpoint> nodes, int leastReplicas) {
    this.leastReplicas = leastReplicas;
    this.names = names;
    this.nodes = nodes;
  }

  /**
   * What came of it.
   *
   * @param converged whether every shard's replicas are the same
   * @param lines one for each shard, or what is wrong
   */
  record Result(boolean converged, List<String> lines) {}

  private record Replica(String node, long index, long records, String checksum) {}

  /** Waits until all have applied the same, and compares. */
  Result compare() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Result result;
      try {
        result = compareNow();
      } catch (IOException e) {
        result = new Result(false, List.of(String.valueOf(e.getMessage())));
      }
      if (result.converged() || System.nanoTime() - deadline > 0) {
        return result;
      }
      Thread.sleep(250); // they have still to apply what others have
    }
  }

  private Result compareNow() throws IOException {
    Map<Long, List<Replica>> shards = new TreeMap<>();
    for (int node = 0; node < nodes.size(); node++) {
      for (Reply each : digests(node)) {
        List<Reply> fields = ((Reply.Array) each).items();
        shards
            .computeIfAbsent(number(fields.get(0)), shard -> new ArrayList<>())
            .add(
                new Replica(
                    names.get(node),
                    number(fields.get(1)),
                    number(fields.get(3)),
                    new String(((Reply.Bulk) fields.get(4)).value(), StandardCharsets.US_ASCII)));
      }
    }
    List<String> lines = new ArrayList<>();
    boolean converged = !shards.isEmpty();
    for (Map.Entry<Long, List<Replica>> shard : shards.entrySet()) {
      List<Replica> replicas = shard.getValue();
      Replica first = replicas.get(0);
      boolean same =
          replicas.size() >= leastReplicas
              && replicas.stream()
                  .allMatch(replica ->
                      replica.index == first.index && replica.checksum.equals(first.checksum));
      converged &= same;
      lines.add(line(shard.getKey(), replicas, same));
    }
    return new Result(converged, lines);
  }

  private static String line(long shard, List<Replica> replicas, boolean same) {
    Replica first = replicas.get(0);
    if (same) {
      return "shard %d: %d replicas are the same at log index %d (%d records, %s…)"
          .formatted(
              shard, replicas.size(), first.index, first.records, first.checksum.substring(0, 12));
    }
    List<String> each = new ArrayList<>();
    for (Replica replica : replicas) {
      each.add(
          "%s at %d with %d records, %s…"
              .formatted(
                  replica.node, replica.index, replica.records, replica.checksum.substring(0, 12)));
    }
    return "shard " + shard + ": replicas differ: " + String.join("; ", each);
  }

  private List<Reply> digests(int node) throws IOException {
    try (RespConnection connection = RespConnection.open(nodes.get(node), null, TIMEOUT, TIMEOUT)) {
      Reply reply = connection.call("SHARD", "DIGEST");
      if (reply instanceof Reply.Array array) { // of none, on a node without replicas
        return array.items();
      }
      throw new IOException(names.get(node) + " does not tell what it holds: " + reply);
    } catch (IOException e) {
      throw new IOException(names.get(node) + ": " + e.getMessage(), e);
    }
  }

  private static long number(Reply reply) {
    return ((Reply.Int) reply).value();
  }
}
