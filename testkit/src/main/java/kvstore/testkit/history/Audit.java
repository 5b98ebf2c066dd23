package kvstore.testkit.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvstore.protocol.Reply;
import kvstore.testkit.script.RespClient;

/** Holds a journal against what a node says. */
public final class Audit {

  private static final int STEP = 500;

  private Audit() {}

  /** One line for each key whose value is not what the journal has. */
  public static List<String> differences(RespClient client, Map<String, String> journal)
      throws IOException {
    List<String> differences = new ArrayList<>();
    List<String> keys = new ArrayList<>(journal.keySet());
    for (int from = 0; from < keys.size(); from += STEP) {
      List<String> step = keys.subList(from, Math.min(keys.size(), from + STEP));
      for (String key : step) {
        client.send("GET", key);
      }
      for (String key : step) {
        String found = text(client.receive());
        if (!found.equals(journal.get(key))) {
          differences.add(key + ": wrote " + journal.get(key) + ", found " + found);
        }
      }
    }
    return differences;
  }

  private static String text(Reply reply) {
    return reply instanceof Reply.Bulk bulk
        ? new String(bulk.value(), StandardCharsets.UTF_8)
        : reply.toString();
  }
}
