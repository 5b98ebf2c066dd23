package kvstore.engine.keyspace;

import static kvstore.engine.keyspace.Scene.command;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.engine.command.Command;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.Transaction;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import kvstore.engine.storage.rocksdb.RocksDbResources;
import kvstore.engine.storage.rocksdb.RocksDbStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyspaceTest {
  private final MemoryStorage storage = new MemoryStorage();

  @Test
  void keyIsThereUpToItsLastMillisecondAndNeverAfter() throws Exception {
    try (Scene scene = new Scene(storage)) {
      scene.run("set", "a", "1", "PX", "100");
      long end = scene.nowMs() + 100;
      scene.nowMs(end);
      assertThat(scene.say("pttl", "a")).isEqualTo("0");
      scene.nowMs(end + 1);
      for (String read : List.of("get", "exists", "type", "pttl", "keys", "watch-versions")) {
        assertThat(scene.say(read, "a")).isIn("(nil)", "0", "none", "-2", "[]", "[0]");
      }
      assertThat(scene.say("append", "a", "new")).isEqualTo("3");
      assertThat(scene.say("pttl", "a")).isEqualTo("-1");
      assertThat(storage.contents(ColumnFamily.EXPIRY)).isEmpty();
      assertThat(scene.say("dbsize")).isEqualTo("1");
    }
  }

  @Test
  void sweepFreesWhatIsPastItsTimeInBoundedSteps() throws Exception {
    try (Scene scene = new Scene(storage)) {
      for (int i = 0; i < 25; i++) {
        scene.run("set", "k" + i, "v", "PX", 100 + i);
      }
      scene.run("set", "stays", "v");
      assertThat(scene.keyspace().expirySweep(scene.nowMs(), 10)).isNull();
      scene.nowMs(scene.nowMs() + 120);
      int swept = 0;
      for (Command sweep; (sweep = scene.keyspace().expirySweep(scene.nowMs(), 8)) != null; ) {
        assertThat(sweep.arguments().length).isLessThanOrEqualTo(8);
        swept += (int) ((Outcome.Int) scene.run(sweep)).value();
      }
      assertThat(swept).isEqualTo(20);
      assertThat(scene.keyspace().keyCount()).isEqualTo(6);
      assertThat(scene.keyspace().stats().expiring()).isEqualTo(5);
    }
  }

  @Test
  void sweepLeavesAKeyThatWasSetAgainMeanwhile() throws Exception {
    try (Scene scene = new Scene(storage)) {
      scene.run("set", "a", "1", "PX", "100");
      scene.run("set", "b", "1", "PX", "100");
      scene.nowMs(scene.nowMs() + 200);
      Command sweep = scene.keyspace().expirySweep(scene.nowMs(), 10);
      assertThat(sweep).isNotNull();
      scene.run("set", "a", "2");
      assertThat(Scene.text(scene.run(sweep))).isEqualTo("1");
      assertThat(scene.say("get", "a")).isEqualTo("\"2\"");
    }
  }

  @Test
  void snapshotShowsItsMoment() throws Exception {
    try (Scene scene = new Scene(storage)) {
      scene.run("mset", "a", "1", "b", "1");
      try (KeyspaceSnapshot snapshot = scene.keyspace().snapshot()) {
        scene.run("mset", "a", "2", "b", "2", "c", "2");
        Outcome then = snapshot.read(command("mget", "a", "b", "c"), 0, ReadTier.DISK);
        assertThat(Scene.text(java.util.Objects.requireNonNull(then)))
            .isEqualTo("[\"1\", \"1\", (nil)]");
        Outcome count = snapshot.read(command("dbsize"), 0, ReadTier.DISK);
        assertThat(Scene.text(java.util.Objects.requireNonNull(count))).isEqualTo("2");
      }
      assertThat(scene.say("mget", "a", "b")).isEqualTo("[\"2\", \"2\"]");
    }
  }

  @Test
  void readOfSeveralKeysIsOfOneMoment(@TempDir Path folder) throws Exception {
    try (RocksDbResources resources = new RocksDbResources(RocksDbResources.Options.TINY);
        Scene scene = new Scene(RocksDbStorage.open(folder.resolve("db"), resources))) {
      AtomicReference<String> torn = new AtomicReference<>("");
      scene.run("mset", "a", "0", "b", "0");
      Thread reader =
          new Thread(() -> {
            try {
              String seen = "";
              while (!seen.equals("[\"2000\", \"2000\"]")) {
                Outcome outcome =
                    scene.keyspace().read(command("mget", "a", "b"), 0, ReadTier.MEMORY);
                seen = outcome == null ? seen : Scene.text(outcome);
                String[] halves = seen.replaceAll("[\\[\\] \"]", "").split(",");
                if (halves.length == 2 && !halves[0].equals(halves[1])) {
                  torn.set(seen);
                }
              }
            } catch (StorageException e) {
              torn.set(e.toString());
            }
          });
      reader.start();
      for (int i = 1; i <= 2000; i++) {
        scene.run("mset", "a", i, "b", i);
      }
      reader.join();
      assertThat(torn.get()).isEmpty();
    }
  }

  @Test
  void readsThatMayTakeLongAreNotForEventLoops() throws Exception {
    try (Scene scene = new Scene(storage)) {
      for (Command read :
          List.of(command("keys", "*"), command("scan", "0"), command("lcs", "a", "b"))) {
        assertThat(scene.keyspace().read(read, 0, ReadTier.MEMORY)).isNull();
        assertThat(scene.keyspace().read(read, 0, ReadTier.DISK)).isNotNull();
      }
    }
  }

  @Test
  void repliesAreBounded() throws Exception {
    KeyspaceLimits limits = new KeyspaceLimits(1000, 10_000, 20_000, 1 << 20);
    try (Scene scene = new Scene(storage, limits)) {
      scene.run("set", "a", "x".repeat(9_000));
      assertThat(scene.say("mget", "a", "a")).startsWith("[");
      assertThat(scene.say("mget", "a", "a", "a"))
          .isEqualTo("ERR reply would be larger than 20000 bytes; ask for less at a time");
      Command get = command("get", "a");
      Outcome.Many replies =
          (Outcome.Many) scene.run(Transaction.of(List.of(), List.of(get, get, get)));
      assertThat(replies.items().get(2)).isInstanceOf(Outcome.Refused.class);
      assertThat(replies.items().get(1)).isInstanceOf(Outcome.Bytes.class);
    }
  }

  @Test
  void keysAndValuesOverTheirLimitsAreRefusedAndChangeNothing() throws Exception {
    try (Scene scene = new Scene(storage)) {
      String longKey = "k".repeat(1001);
      assertThat(scene.say("set", longKey, "v")).startsWith("ERR key is too long");
      assertThat(scene.say("mset", "a", "1", longKey, "v")).startsWith("ERR key is too long");
      assertThat(scene.say("exists", "a")).isEqualTo("0");
      assertThat(scene.say("set", "a", new byte[(1 << 20) + 1]))
          .isEqualTo("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
      assertThat(scene.say("get", longKey)).isEqualTo("(nil)");
      assertThat(scene.keyspace().keyCount()).isZero();
    }
  }

  @Test
  void wrongNumbersOfArgumentsGetTheWordsOfRedis() throws Exception {
    try (Scene scene = new Scene(storage)) {
      assertThat(scene.say("get")).isEqualTo("ERR wrong number of arguments for 'get' command");
      assertThat(scene.say("set", "a"))
          .isEqualTo("ERR wrong number of arguments for 'set' command");
    }
  }

  @Test
  void compareAndSetChangesOnlyWhatIsAsExpected() throws Exception {
    try (Scene scene = new Scene(storage)) {
      assertThat(scene.say("cas", "a", "", "1")).isEqualTo("-1");
      scene.run("set", "a", "1", "PX", "5000");
      assertThat(scene.say("cas", "a", "2", "3")).isEqualTo("0");
      assertThat(scene.say("cas", "a", "1", "3")).isEqualTo("1");
      assertThat(scene.say("get", "a")).isEqualTo("\"3\"");
      assertThat(scene.say("pttl", "a")).isEqualTo("5000");
      assertThat(scene.say("cad", "a", "1")).isEqualTo("0");
      assertThat(scene.say("cad", "a", "3")).isEqualTo("1");
      assertThat(scene.say("cad", "a", "3")).isEqualTo("-1");
    }
  }

  @Test
  void putGetRemoveAsTheMissionHasThem() throws Exception {
    try (Scene scene = new Scene(storage)) {
      assertThat(scene.say("put", "username", "john_doe")).isEqualTo("OK");
      assertThat(scene.say("get", "username")).isEqualTo("\"john_doe\"");
      assertThat(scene.say("remove", "username")).isEqualTo("OK");
      assertThat(scene.say("remove", "username")).isEqualTo("(nil)");
      assertThat(scene.say("get", "username")).isEqualTo("(nil)");
    }
  }
}
