package kvstore.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A replica moves from node to node, and a node dies. */
class CrashMidMoveTest {

  private static final int ROUNDS = 2;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void aMoveIsFinishedOrUndoneWhoeverDiesInTheMiddleOfIt() throws Exception {
    new CrashRounds(folder, CrashMidMoveTest::move).run(ROUNDS);
  }

  private static CrashRounds.Step move(
      JsonNode state, List<String> nodes, SplittableRandom random) {
    List<Integer> shards = new ArrayList<>();
    state.path("shards").forEach(shard -> shards.add(shard.path("number").asInt()));
    int shard = CrashRounds.any(shards, random);
    Set<String> old = Admin.voters(state, shard);
    String leader = CrashRounds.shard(state, shard).path("leader").asText();
    String source = random.nextBoolean() ? leader : CrashRounds.any(List.copyOf(old), random);
    String target =
        CrashRounds.any(nodes.stream().filter(node -> !old.contains(node)).toList(), random);
    Set<String> moved = new TreeSet<>(old);
    moved.remove(source);
    moved.add(target);
    return new CrashRounds.Step(
        List.of("MOVE", Integer.toString(shard), source, target),
        shard,
        source,
        target,
        false,
        now -> !Admin.voters(now, shard).equals(old),
        end -> Set.of(old, moved).contains(Admin.voters(end, shard)));
  }
}
