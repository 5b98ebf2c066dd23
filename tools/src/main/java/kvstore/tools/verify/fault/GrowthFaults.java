package kvstore.tools.verify.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** What an operator may order while clients work: shards split, replicas and leaders move. */
final class GrowthFaults {

  /** More would only make the machine busy. */
  private static final int MOST_SHARDS = 6;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int PATIENCE_MILLIS = 10_000;

  private final Stage stage;

  GrowthFaults(Stage stage) {
    this.stage = stage;
  }

  /** Splits a shard; hands one over if there are enough of them. */
  Injection split() {
    return new Ordered(state -> {
      JsonNode shards = state.path("shards");
      if (shards.isEmpty() || shards.size() >= MOST_SHARDS) {
        return transfer(state);
      }
      return List.of("SPLIT", some(shards).path("number").asText());
    });
  }

  /** Moves a replica to a node that has none of the shard; its leadership if all have one. */
  Injection move() {
    return new Ordered(state -> {
      JsonNode shards = state.path("shards");
      JsonNode shard = shards.isEmpty() ? shards : some(shards);
      List<String> holders = holders(shard);
      List<String> others = stage.names().stream().filter(name -> !holders.contains(name)).toList();
      if (holders.isEmpty() || others.isEmpty()) {
        return transfer(state);
      }
      return List.of("MOVE", shard.path("number").asText(), some(holders), some(others));
    });
  }

  private List<String> transfer(JsonNode state) {
    JsonNode shards = state.path("shards");
    if (shards.isEmpty()) {
      return List.of();
    }
    JsonNode shard = some(shards);
    List<String> to = new ArrayList<>(holders(shard));
    to.remove(shard.path("leader").asText());
    return to.isEmpty() ? List.of() : List.of("TRANSFER", shard.path("number").asText(), some(to));
  }

  private JsonNode some(JsonNode shards) {
    return shards.get(stage.random().nextInt(shards.size()));
  }

  private String some(List<String> names) {
    return names.get(stage.random().nextInt(names.size()));
  }

  private static List<String> holders(JsonNode shard) {
    List<String> names = new ArrayList<>();
    shard.path("replicas").forEach(replica -> names.add(replica.path("node").asText()));
    return names;
  }

  /** Chooses an order by the state of the cluster; none if nothing can be ordered now. */
  private interface Choice {
    List<String> of(JsonNode state);
  }

  private final class Ordered implements Injection {
    private final Choice choice;
    private String what = "order the cluster to move or split";
    private String refusal = "no leader to ask";
    private boolean accepted;

    Ordered(Choice choice) {
      this.choice = choice;
    }

    @Override
    public String what() {
      return what;
    }

    /** Orders once; what is refused, as while the balancer is at work, is tried again. */
    @Override
    public void tick() {
      for (int node = 0; node < stage.size() && !accepted; node++) {
        try {
          List<String> order = choice.of(state(node));
          if (order.isEmpty()) {
            continue;
          }
          what = String.join(" ", order).toLowerCase(java.util.Locale.ROOT);
          Reply reply = stage.admin(node, order);
          accepted = !(reply instanceof Reply.Failure);
          refusal = reply instanceof Reply.Failure failure ? failure.message() : "";
          return;
        } catch (IOException e) {
          refusal = String.valueOf(e.getMessage());
        }
      }
    }

    private JsonNode state(int node) throws IOException {
      return stage.admin(node, List.of("STATE")) instanceof Reply.Bulk text
          ? MAPPER.readTree(new String(text.value(), StandardCharsets.UTF_8))
          : MAPPER.missingNode();
    }

    @Override
    public @Nullable String finding() {
      return accepted ? null : what + " was refused for seconds: " + refusal;
    }

    @Override
    public void end() throws InterruptedException {
      long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
      while (!accepted && System.nanoTime() - deadline < 0) {
        tick();
        Thread.sleep(100); // until the cluster takes orders again
      }
    }
  }
}
