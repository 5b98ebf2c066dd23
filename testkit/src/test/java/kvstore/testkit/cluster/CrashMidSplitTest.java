package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A shard splits, and a node dies. */
class CrashMidSplitTest {

  private static final int ROUNDS = 2;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void aSplitIsFinishedOrUndoneWhoeverDiesInTheMiddleOfIt() throws Exception {
    new CrashRounds(folder, CrashMidSplitTest::split, CrashMidMoveTest::move).run(ROUNDS);
  }

  static CrashRounds.Step split(JsonNode state, List<String> nodes, SplittableRandom random) {
    List<JsonNode> shards = new ArrayList<>();
    state.path("shards").forEach(shards::add);
    shards.removeIf(shard -> shard.path("firstSlot").equals(shard.path("lastSlot")));
    JsonNode shard = CrashRounds.any(shards, random);
    int number = shard.path("number").asInt();
    int first = shard.path("firstSlot").asInt();
    int last = shard.path("lastSlot").asInt();
    int slot = first + 1 + random.nextInt(last - first);
    List<String> voters = List.copyOf(Admin.voters(state, number));
    return new CrashRounds.Step(
        List.of("SPLIT", Integer.toString(number), Integer.toString(slot)),
        number,
        shard.path("leader").asText(),
        CrashRounds.any(voters, random),
        false,
        now -> now.path("shards").size() > state.path("shards").size(),
        end -> end.path("shards").size() - state.path("shards").size() <= 1);
  }
}
