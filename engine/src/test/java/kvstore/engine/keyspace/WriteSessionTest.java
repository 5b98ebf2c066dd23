package kvstore.engine.keyspace;

import static kvstore.engine.keyspace.Scene.bytes;
import static kvstore.engine.keyspace.Scene.command;
import static kvstore.engine.keyspace.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import kvstore.engine.command.Transaction;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.FaultyStorage;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.StorageException;
import org.junit.jupiter.api.Test;

class WriteSessionTest {
  private final MemoryStorage storage = new MemoryStorage();

  @Test
  void readsOfABatchSeeItsEarlierWritesAndOthersDoNot() throws Exception {
    try (Scene scene = new Scene(storage);
        WriteSession session = scene.keyspace().begin()) {
      session.entry(7, 2, 1000);
      session.execute(command("set", "a", "1"));
      assertThat(text(session.read(command("get", "a")))).isEqualTo("\"1\"");
      assertThat(scene.say("get", "a")).isEqualTo("(nil)");
      assertThat(scene.keyspace().appliedIndex()).isZero();
      session.commit();
      assertThat(scene.say("get", "a")).isEqualTo("\"1\"");
      assertThat(scene.keyspace().appliedIndex()).isEqualTo(7);
      assertThat(scene.keyspace().appliedTerm()).isEqualTo(2);
      assertThat(scene.keyspace().leaderTimeMs()).isEqualTo(1000);
      assertThat(scene.keyspace().keyCount()).isEqualTo(1);
    }
  }

  @Test
  void closeWithoutCommitForgets() throws Exception {
    try (Scene scene = new Scene(storage)) {
      try (WriteSession session = scene.keyspace().begin()) {
        session.entry(1, 1, 1000);
        session.execute(command("set", "a", "1"));
      }
      assertThat(scene.say("get", "a")).isEqualTo("(nil)");
      assertThat(scene.say("dbsize")).isEqualTo("0");
      assertThat(scene.keyspace().appliedIndex()).isZero();
    }
  }

  @Test
  void keysSetAfterAFlushStayAndOthersGo() throws Exception {
    try (Scene scene = new Scene(storage)) {
      scene.run("set", "old", "1");
      scene.run("set", "expiring", "1", "EX", "100");
      try (WriteSession session = scene.keyspace().begin()) {
        session.entry(10, 1, 2_000_000);
        session.execute(command("set", "lost", "1"));
        session.execute(command("flushall"));
        assertThat(text(session.read(command("exists", "old", "lost")))).isEqualTo("0");
        assertThat(text(session.read(command("dbsize")))).isEqualTo("0");
        session.execute(command("set", "new", "2"));
        assertThat(text(session.read(command("dbsize")))).isEqualTo("1");
        session.commit();
      }
      assertThat(scene.say("exists", "old", "lost", "new", "expiring")).isEqualTo("1");
      assertThat(scene.say("dbsize")).isEqualTo("1");
      assertThat(storage.contents(ColumnFamily.EXPIRY)).isEmpty();
      assertThat(storage.contents(ColumnFamily.RECORDS)).hasSize(1);
    }
  }

  @Test
  void versionIsIndexAndPlaceAndATransactionIsOnePlace() throws Exception {
    try (Scene scene = new Scene(storage);
        WriteSession session = scene.keyspace().begin()) {
      session.entry(3, 1, 1000);
      session.execute(command("set", "a", "1"));
      session.execute(
          Transaction.of(List.of(), List.of(command("set", "b", "1"), command("set", "c", "1"))));
      session.execute(command("set", "d", "1"));
      session.commit();
      assertThat(scene.say("watch-versions", "a", "b", "c", "d", "none"))
          .isEqualTo(List.of(3 << 16, (3 << 16) + 1, (3 << 16) + 1, (3 << 16) + 2, 0).toString());
    }
  }

  @Test
  void transactionWithAChangedKeyChangesNothing() throws Exception {
    try (Scene scene = new Scene(storage)) {
      scene.run("set", "a", "1");
      long version = 1 << 16;
      var transaction =
          Transaction.of(
              List.of(
                  new Transaction.Watched(bytes("a"), version),
                  new Transaction.Watched(bytes("none"), 0)),
              List.of(command("set", "b", "1"), command("get", "a"), command("getdel", "a")));
      assertThat(text(scene.run(transaction))).isEqualTo("[OK, \"1\", \"1\"]");
      scene.run("set", "a", "2");
      scene.run("del", "b");
      assertThat(text(scene.run(transaction))).isEqualTo("(nil list)");
      assertThat(scene.say("exists", "b")).isEqualTo("0");
    }
  }

  @Test
  void failedCommitLeavesStateAndAppliedIndexOfTheSameMoment() throws Exception {
    FaultyStorage faulty = new FaultyStorage(storage);
    try (Scene scene = new Scene(faulty)) {
      scene.run("set", "a", "1");
      faulty.fail(StorageException.Kind.NO_SPACE);
      assertThatThrownBy(() -> scene.run("set", "a", "2"))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NO_SPACE));
      assertThat(scene.say("get", "a")).isEqualTo("\"1\"");
      assertThat(scene.keyspace().appliedIndex()).isEqualTo(1);
      faulty.heal();
      assertThat(scene.say("set", "a", "3")).isEqualTo("OK");
      assertThat(scene.keyspace().appliedIndex()).isEqualTo(2);
    }
  }

  @Test
  void afterACrashStateAndAppliedIndexAreOfTheSameMoment() throws Exception {
    Scene scene = new Scene(storage);
    for (int i = 1; i <= 10; i++) {
      scene.run("append", "n", "x");
      if (i == 6) {
        scene.keyspace().flush();
      }
    }
    try (Scene reopened = new Scene(storage.afterCrash())) {
      assertThat(reopened.say("get", "n")).isEqualTo("\"xxxxxx\"");
      assertThat(reopened.keyspace().appliedIndex()).isEqualTo(6);
      assertThat(reopened.keyspace().keyCount()).isEqualTo(1);
    }
  }

  @Test
  void leaderTimeNeverGoesBack() throws Exception {
    try (Scene scene = new Scene(storage);
        WriteSession session = scene.keyspace().begin()) {
      session.entry(1, 1, 5000);
      session.execute(command("set", "a", "1", "PX", "100"));
      session.entry(2, 2, 4000);
      session.execute(command("set", "b", "1", "PX", "100"));
      assertThat(text(session.execute(command("pexpiretime", "b")))).isEqualTo("5100");
    }
  }

  @Test
  void onlyTheOwnerAndOnlyOneSessionAtATime() throws Exception {
    try (Scene scene = new Scene(storage);
        WriteSession session = scene.keyspace().begin()) {
      assertThatIllegalStateException().isThrownBy(() -> scene.keyspace().begin());
      Throwable[] thrown = new Throwable[1];
      Thread other =
          new Thread(() -> {
            try {
              session.entry(1, 1, 1);
            } catch (IllegalStateException e) {
              thrown[0] = e;
            }
          });
      other.start();
      other.join();
      assertThat(thrown[0]).isInstanceOf(IllegalStateException.class);
      session.entry(1, 1, 1);
      assertThatIllegalStateException().isThrownBy(() -> session.entry(1, 1, 1));
    }
  }

  @Test
  void readsThatMustNotBlockSaySo() throws Exception {
    FaultyStorage faulty = new FaultyStorage(storage);
    try (Scene scene = new Scene(faulty)) {
      scene.run("set", "a", "too long for the cache".repeat(1000));
      Keyspace keyspace = scene.keyspace();
      assertThat(keyspace.read(command("get", "a"), 0, ReadTier.MEMORY)).isNotNull();
      faulty.cold(true);
      assertThat(keyspace.read(command("get", "a"), 0, ReadTier.MEMORY)).isNull();
      assertThat(keyspace.read(command("get", "a"), 0, ReadTier.DISK)).isNotNull();
    }
  }

  @Test
  void shortCommandsThatMakeLongValuesAreBoundedPerEntry() throws Exception {
    try (Scene scene = new Scene(storage);
        WriteSession session = scene.keyspace().begin()) {
      session.entry(1, 1, 1000);
      String end = Integer.toString(Scene.LIMITS.maxValueBytes() - 1);
      assertThat(text(session.execute(command("setrange", "a", end, "x")))).isEqualTo("1048576");
      assertThat(text(session.execute(command("setrange", "b", end, "x")))).isEqualTo("1048576");
      assertThat(text(session.execute(command("setrange", "b", "0", "y")))).isEqualTo("1048576");
      assertThat(text(session.execute(command("setrange", "c", end, "x")))).startsWith("TRYAGAIN");
      assertThat(text(session.read(command("exists", "c")))).isEqualTo("0");
      session.entry(2, 1, 1000);
      assertThat(text(session.execute(command("setrange", "c", end, "x")))).isEqualTo("1048576");
      assertThat(session.pendingBytes()).isEqualTo(3L << 20);
    }
  }
}
