package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.StorageException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ScanTest {
  /** Where a scan stands, and what it has shown. */
  private static final class Scan {
    private String cursor = "0";
    private final List<String> shown = new ArrayList<>();
    private int steps;

    boolean step(Scene scene, Object... options) throws StorageException {
      Object[] arguments = new Object[options.length + 1];
      arguments[0] = cursor;
      System.arraycopy(options, 0, arguments, 1, options.length);
      Outcome.Many reply = (Outcome.Many) scene.run("scan", arguments);
      cursor = Scene.text(reply.items().get(0)).replace("\"", "");
      for (Outcome key : ((Outcome.Many) reply.items().get(1)).items()) {
        shown.add(Scene.text(key).replace("\"", ""));
      }
      steps++;
      return !cursor.equals("0");
    }
  }

  private static void fill(Scene scene, int from, int to) throws StorageException {
    try (WriteSession session = scene.keyspace().begin()) {
      session.entry(scene.keyspace().appliedIndex() + 1, 1, scene.nowMs());
      for (int i = from; i < to; i++) {
        session.execute(Scene.command("set", "key" + i, "v"));
      }
      session.commit();
    }
  }

  @Property(tries = 25)
  void keysThatStayAreShownWhateverComesAndGoes(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 12_000) int size) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (Scene scene = new Scene(new MemoryStorage())) {
      fill(scene, 0, size);
      Set<String> staying = new HashSet<>();
      for (int i = 0; i < size; i++) {
        staying.add("key" + i);
      }
      Scan scan = new Scan();
      while (scan.step(scene, "COUNT", 1 + random.nextInt(3000))) {
        try (WriteSession session = scene.keyspace().begin()) {
          session.entry(scene.keyspace().appliedIndex() + 1, 1, scene.nowMs());
          for (int i = 0; i < 300 && size > 0; i++) {
            String key = "key" + random.nextInt(size * 2);
            boolean remove = random.nextBoolean();
            staying.remove(key);
            session.execute(
                remove ? Scene.command("del", key) : Scene.command("set", key + "x", "v"));
          }
          session.commit();
        }
        assertThat(scan.steps).isLessThan(1000);
      }
      assertThat(new HashSet<>(scan.shown)).containsAll(staying);
    }
  }

  @Test
  void withoutChangesEachKeyIsShownOnce() throws Exception {
    try (Scene scene = new Scene(new MemoryStorage())) {
      fill(scene, 0, 20_000);
      Scan scan = new Scan();
      while (scan.step(scene)) {
        assertThat(scan.shown.size()).isLessThan(20_001);
      }
      assertThat(scan.shown).hasSize(20_000).doesNotHaveDuplicates();
      assertThat(scan.steps).isGreaterThan(8);
    }
  }

  @Test
  void longKeysMakeShortSteps() throws Exception {
    KeyspaceLimits limits = new KeyspaceLimits(65_535, 1 << 20, 8 << 20, 64 << 20);
    try (Scene scene = new Scene(new MemoryStorage(), limits)) {
      String end = "x".repeat(60_000);
      for (int i = 0; i < 300; i++) {
        scene.run("set", i + end, "v");
      }
      Scan scan = new Scan();
      while (scan.step(scene, "COUNT", 100_000)) {}
      assertThat(scan.shown).hasSize(300).doesNotHaveDuplicates();
      assertThat(scan.steps).isGreaterThan(4);
    }
  }

  @Test
  void cursorMeansTheSameOnAnotherReplica() throws Exception {
    try (Scene one = new Scene(new MemoryStorage());
        Scene two = new Scene(new MemoryStorage())) {
      fill(one, 0, 10_000);
      fill(two, 0, 10_000);
      Scan scan = new Scan();
      while (scan.step(scan.steps % 2 == 0 ? one : two)) {}
      assertThat(scan.shown).hasSize(10_000).doesNotHaveDuplicates();
    }
  }

  @Test
  void matchAndTypeChoose() throws Exception {
    try (Scene scene = new Scene(new MemoryStorage())) {
      fill(scene, 0, 200);
      Scan scan = new Scan();
      while (scan.step(scene, "MATCH", "key1?", "COUNT", "1000", "TYPE", "STRING")) {}
      assertThat(new TreeSet<>(scan.shown)).hasSize(10).allMatch(k -> k.matches("key1."));
      Scan none = new Scan();
      while (none.step(scene, "TYPE", "hash")) {}
      assertThat(none.shown).isEmpty();
    }
  }

  @Test
  void cursorsOfOtherScansAreHarmless() throws Exception {
    try (Scene scene = new Scene(new MemoryStorage())) {
      fill(scene, 0, 100);
      for (String cursor : List.of("1", "-1", "18446744073709551615", "4611686018427387903")) {
        assertThat(scene.say("scan", cursor)).startsWith("[");
      }
      assertThat(scene.say("scan", "18446744073709551616")).isEqualTo("ERR invalid cursor");
    }
  }

  @Test
  void randomKeyReachesEveryKeyAndOnlyThose() throws Exception {
    try (Scene scene = new Scene(new MemoryStorage())) {
      assertThat(scene.say("randomkey")).isEqualTo("(nil)");
      fill(scene, 0, 5);
      scene.run("set", "gone", "v", "PX", "1");
      scene.nowMs(scene.nowMs() + 10);
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 5000; i++) {
        seen.add(scene.say("randomkey"));
      }
      assertThat(seen).hasSize(5).doesNotContain("\"gone\"");
    }
  }

  @Test
  void randomKeyFindsItsWayInASlotWithManyKeys() throws Exception {
    try (Scene scene = new Scene(new MemoryStorage())) {
      fill(scene, 0, 4000);
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 3000; i++) {
        seen.add(scene.say("randomkey"));
      }
      assertThat(seen).hasSizeGreaterThan(1000);
    }
  }
}
