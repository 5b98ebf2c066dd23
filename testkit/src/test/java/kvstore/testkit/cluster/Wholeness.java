package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/**
 * Whether a cluster at rest is as it should be: every slot of one shard, each shard with as many
 * voters as are wanted, all up, and one leader; replicas nowhere but where they are wanted, and all
 * of a shard with the same content at the same log index.
 */
final class Wholeness {

  private static final int SLOTS = 16_384;

  private final List<Node> nodes;
  private final JsonNode state;
  private final List<String> problems = new ArrayList<>();

  Wholeness(List<Node> nodes, JsonNode state) {
    this.nodes = nodes;
    this.state = state;
  }

  /** One line for each thing that is not as it should be. */
  List<String> problems() {
    if (!Admin.isSettled(state)) {
      problems.add("it has not settled");
      return problems;
    }
    cover();
    voters();
    for (Node node : nodes) {
      try (RespClient client = node.connect()) {
        coverAsSeenBy(node, client);
      } catch (IOException e) {
        problems.add(node.id() + ": " + e);
      }
    }
    leaders();
    contents();
    return problems;
  }

  private void cover() {
    List<int[]> ranges = new ArrayList<>();
    for (JsonNode shard : state.path("shards")) {
      ranges.add(new int[] {shard.path("firstSlot").asInt(), shard.path("lastSlot").asInt()});
    }
    cover("the directory", ranges);
  }

  private void cover(String who, List<int[]> ranges) {
    ranges.sort((one, other) -> Integer.compare(one[0], other[0]));
    int next = 0;
    for (int[] range : ranges) {
      if (range[0] != next) {
        problems.add(who + " has slot " + next + " and then " + range[0] + " begin a shard");
      }
      next = range[1] + 1;
    }
    if (next != SLOTS) {
      problems.add(who + " has slots up to " + next);
    }
  }

  private void coverAsSeenBy(Node node, RespClient client) throws IOException {
    List<int[]> ranges = new ArrayList<>();
    if (client.call("CLUSTER", "SLOTS") instanceof Reply.Array slots) {
      for (Reply each : slots.items()) {
        List<Reply> fields = ((Reply.Array) each).items();
        ranges.add(new int[] {(int) number(fields.get(0)), (int) number(fields.get(1))});
      }
    }
    cover(node.id(), ranges);
  }

  private void voters() {
    int wanted = state.path("settings").path("replicas").asInt();
    for (JsonNode shard : state.path("shards")) {
      Set<String> voters = Admin.voters(state, shard.path("number").asInt());
      if (voters.size() != wanted || shard.path("replicas").size() != wanted) {
        problems.add("shard " + shard.path("number") + " has replicas " + shard.path("replicas"));
      }
    }
    for (JsonNode node : state.path("nodes")) {
      if (node.path("down").asBoolean()) {
        problems.add(node.path("id").asText() + " is down");
      }
    }
  }

  /** By what each node says of its own replicas. */
  private void leaders() {
    Map<String, List<String>> leaders = new TreeMap<>();
    for (Node node : nodes) {
      try (RespClient client = node.connect()) {
        String text = String.valueOf(client.ask("INFO", "shards"));
        text.lines()
            .filter(line -> line.contains("role=leader"))
            .forEach(line ->
                leaders
                    .computeIfAbsent(line.substring(0, line.indexOf(':')), s -> new ArrayList<>())
                    .add(node.id()));
      } catch (IOException e) {
        problems.add(node.id() + ": " + e);
      }
    }
    if (leaders.size() != state.path("shards").size()
        || leaders.values().stream().anyMatch(nodesLeading -> nodesLeading.size() != 1)) {
      problems.add("shards are led by " + leaders);
    }
  }

  private void contents() {
    Map<Long, Map<String, String>> digests = new TreeMap<>();
    for (Node node : nodes) {
      try (RespClient client = node.connect()) {
        digestsOf(node, client, digests);
      } catch (IOException e) {
        problems.add(node.id() + ": " + e);
      }
    }
    for (JsonNode shard : state.path("shards")) {
      Map<String, String> of = digests.getOrDefault(shard.path("number").asLong(), Map.of());
      if (!of.keySet().equals(Admin.voters(state, shard.path("number").asInt()))
          || new TreeSet<>(of.values()).size() != 1) {
        problems.add("shard " + shard.path("number") + " is held thus: " + of);
      }
    }
    if (digests.size() != state.path("shards").size()) {
      problems.add("replicas of more shards than there are: " + digests.keySet());
    }
  }

  private void digestsOf(Node node, RespClient client, Map<Long, Map<String, String>> digests)
      throws IOException {
    Reply reply = client.call("SHARD", "DIGEST");
    if (!(reply instanceof Reply.Array replicas)) {
      problems.add(node.id() + " does not tell what it holds: " + reply);
      return;
    }
    for (Reply each : replicas.items()) {
      List<Reply> fields = ((Reply.Array) each).items();
      String content =
          fields.stream().skip(1).map(Wholeness::text).collect(Collectors.joining(" "));
      digests.computeIfAbsent(number(fields.get(0)), s -> new TreeMap<>()).put(node.id(), content);
    }
  }

  private static String text(Reply reply) {
    return reply instanceof Reply.Bulk bulk
        ? new String(bulk.value(), java.nio.charset.StandardCharsets.US_ASCII)
        : Long.toString(number(reply));
  }

  private static long number(Reply reply) {
    return ((Reply.Int) reply).value();
  }
}
