package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/** What an operator sees of a cluster and does to it, through one node. For one thread. */
public final class Admin implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final RespClient client;

  public Admin(Node node) throws IOException {
    this.client = node.connect();
  }

  /**
   * The state as the directory's leader sees it; a missing node of JSON while there is no leader to
   * ask.
   */
  public JsonNode state() throws IOException {
    Reply reply = client.call("ADMIN", "STATE");
    return reply instanceof Reply.Bulk text
        ? MAPPER.readTree(new String(text.value(), StandardCharsets.UTF_8))
        : MAPPER.missingNode();
  }

  /** Gives an order. */
  public Reply order(String... words) throws IOException {
    String[] all = new String[words.length + 1];
    all[0] = "ADMIN";
    System.arraycopy(words, 0, all, 1, words.length);
    return client.call(all);
  }

  /** Whether each shard has a leader and just the replicas wanted, and nothing is under way. */
  public static boolean isSettled(JsonNode state) {
    if (state.path("shards").isEmpty()) {
      return false;
    }
    for (JsonNode shard : state.path("shards")) {
      if (!shard.path("settled").asBoolean() || shard.path("leader").asText().isEmpty()) {
        return false;
      }
    }
    return state.path("balancer").path("doing").asText().isEmpty();
  }

  /** Ids of the nodes that hold a voting replica of a data shard, as its leader has it. */
  public static Set<String> voters(JsonNode state, int shard) {
    Set<String> voters = new TreeSet<>();
    for (JsonNode entry : state.path("shards")) {
      if (entry.path("number").asInt() == shard) {
        for (JsonNode replica : entry.path("replicas")) {
          if (replica.path("actual").asText().equals("voter")) {
            voters.add(replica.path("node").asText());
          }
        }
      }
    }
    return voters;
  }

  /** The state of one node, such as {@code active} or {@code out}; empty if it is not known. */
  public static String status(JsonNode state, String node) {
    for (JsonNode entry : state.path("nodes")) {
      if (entry.path("id").asText().equals(node)) {
        return entry.path("status").asText();
      }
    }
    return "";
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
