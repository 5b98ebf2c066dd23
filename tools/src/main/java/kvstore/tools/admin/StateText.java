package kvstore.tools.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A cluster's state, as ADMIN STATE gives it, for a person to read. */
final class StateText {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private final JsonNode state;

  StateText(JsonNode state) {
    this.state = state;
  }

  /** All in one: a summary, nodes, shards, and what the balancer does. */
  String status() {
    return summary() + "\n" + nodes() + "\n" + shards() + "\n" + balancer();
  }

  private String summary() {
    int up = 0;
    int members = 0;
    for (JsonNode node : state.path("nodes")) {
      if (!node.path("status").asText().equals("out")) {
        members++;
        up += node.path("down").asBoolean() ? 0 : 1;
      }
    }
    return String.format(
        Locale.ROOT,
        "Cluster %s: %d of %d nodes up, %d shards, %s. Directory led by %s.%n",
        state.path("cluster").asText(),
        up,
        members,
        state.path("shards").size(),
        isSettled() ? "settled" : "changing",
        orDash(state.path("directory").path("leader").asText("")));
  }

  /** Whether every shard has a leader and just the replicas that are wanted. */
  boolean isSettled() {
    for (JsonNode shard : state.path("shards")) {
      if (!shard.path("settled").asBoolean() || shard.path("leader").asText("").isEmpty()) {
        return false;
      }
    }
    return state.path("balancer").path("doing").asText("").isEmpty();
  }

  String nodes() {
    TextTable table =
        new TextTable(
            "NODE", "ADDRESS", "ZONE", "STATE", "RELEASE", "REPLICAS", "LEADS", "DATA", "OPS/S");
    for (JsonNode node : state.path("nodes")) {
      table.row(
          node.path("id").asText(),
          node.path("host").asText() + ":" + node.path("port").asInt(),
          orDash(node.path("zone").asText("")),
          state(node),
          orDash(node.path("release").asText("")),
          node.path("replicas").asText("0"),
          node.path("leaders").asText("0"),
          bytes(node.path("bytes").asLong()),
          node.path("opsPerSecond").asText("0"));
    }
    return table.toString();
  }

  private static String state(JsonNode node) {
    String status = node.path("status").asText();
    if (status.equals("out") || !node.path("down").asBoolean()) {
      return status.equals("active") ? "up" : status;
    }
    String since = TIME.format(Instant.ofEpochMilli(node.path("downSinceMs").asLong()));
    return (status.equals("active") ? "" : status + ", ") + "down since " + since;
  }

  String shards() {
    TextTable table =
        new TextTable("SHARD", "SLOTS", "LEADER", "TERM", "REPLICAS", "DATA", "OPS/S", "STATE");
    for (JsonNode shard : state.path("shards")) {
      table.row(
          shard.path("number").asText(),
          shard.path("firstSlot").asInt() + "-" + shard.path("lastSlot").asInt(),
          orDash(shard.path("leader").asText("")),
          shard.path("term").asText("0"),
          replicas(shard),
          bytes(shard.path("bytes").asLong()),
          shard.path("opsPerSecond").asText("0"),
          shardState(shard));
    }
    return table.toString();
  }

  private static String replicas(JsonNode shard) {
    List<String> words = new ArrayList<>();
    for (JsonNode replica : shard.path("replicas")) {
      String wanted = replica.path("wanted").asText();
      String actual = replica.path("actual").asText();
      String node = replica.path("node").asText();
      if (wanted.equals(actual)) {
        words.add(wanted.equals("voter") ? node : node + " (" + wanted + ")");
      } else if (wanted.equals("leaving")) {
        words.add(node + " (leaving)");
      } else {
        words.add(
            node + " (" + (actual.equals("none") ? "joining" : actual + " to " + wanted) + ")");
      }
    }
    return String.join(", ", words);
  }

  private static String shardState(JsonNode shard) {
    if (shard.path("leader").asText("").isEmpty()) {
      return "no leader";
    }
    JsonNode split = shard.path("split");
    if (split.isObject()) {
      return "splitting at "
          + split.path("atSlot").asInt()
          + " into "
          + split.path("child").asInt();
    }
    return shard.path("settled").asBoolean() ? "ok" : "moving";
  }

  private String balancer() {
    JsonNode balancer = state.path("balancer");
    StringBuilder text = new StringBuilder();
    String doing = balancer.path("doing").asText("");
    String waiting = balancer.path("waiting").asText("");
    text.append("Now: ").append(doing.isEmpty() ? "nothing to do" : doing).append('\n');
    if (!waiting.isEmpty()) {
      text.append("Waits: ").append(waiting).append('\n');
    }
    for (JsonNode step : balancer.path("last")) {
      text.append("  ")
          .append(TIME.format(Instant.ofEpochMilli(step.path("atMs").asLong())))
          .append("  ")
          .append(step.path("what").asText())
          .append(
              step.path("result").asText("").isEmpty() ? "" : ": " + step.path("result").asText())
          .append('\n');
    }
    return text.toString();
  }

  /** One line for a display that is written over. */
  String progress() {
    String doing = state.path("balancer").path("doing").asText("");
    List<String> moving = new ArrayList<>();
    for (JsonNode shard : state.path("shards")) {
      if (!shardState(shard).equals("ok")) {
        moving.add("shard " + shard.path("number").asText() + " " + shardState(shard));
      }
    }
    String shown = doing.isEmpty() ? String.join("; ", moving) : doing;
    return shown.isEmpty() ? "settled" : shown;
  }

  String settings() {
    TextTable table = new TextTable("SETTING", "VALUE");
    state
        .path("settings")
        .fields()
        .forEachRemaining(setting -> table.row(setting.getKey(), setting.getValue().asText()));
    return table.toString();
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
