package kvstore.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

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
    new CrashRounds(folder, CrashMidMoveTest::move, CrashMidSplitTest::split).run(ROUNDS);
  }

  /** As when its disk has died: nobody is to bring it back. */
  @Test
  void aMoveToANodeThatDiesForGoodIsUndoneAndTheNodeIsOut() throws Exception {
    try (CrashScene scene = CrashScene.open(folder, 4, 2)) {
      scene.order("SET", "replace-after-ms", "3000");
      JsonNode before = scene.awaitSettled();
      Set<String> old = Admin.voters(before, 1);
      String target =
          scene.nodes().stream().map(Node::id).filter(id -> !old.contains(id)).findAny().get();
      // the order alone, so that the target has no time to copy
      scene.order("MOVE", "1", old.iterator().next(), target);
      scene.node(target).kill();
      scene.awaitThat("its end", () -> Admin.status(scene.state(), target).equals("out"));
      assertThat(Admin.voters(scene.awaitSettled(), 1)).isEqualTo(old);
      scene.awaitMoreWrites();
    }
  }

  static CrashRounds.Step move(JsonNode state, List<String> nodes, SplittableRandom random) {
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
        true,
        now -> !Admin.voters(now, shard).equals(old),
        end -> Set.of(old, moved).contains(Admin.voters(end, shard)));
  }
}
