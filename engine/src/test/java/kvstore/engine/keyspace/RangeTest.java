package kvstore.engine.keyspace;

import static kvstore.engine.keyspace.Scene.bytes;
import static kvstore.engine.keyspace.Scene.command;
import static kvstore.engine.keyspace.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.engine.command.Command;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.engine.command.Transaction;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.ReadTier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys that begin with {@code h} are of slot 1 (here), those with {@code g} of slot 3 (gone). */
class RangeTest {
  private static final int AT_SLOT = 2;

  private final MemoryStorage storage = new MemoryStorage();
  private Keyspace keyspace;
  private long nowMs = 1_000_000;
  @TempDir private Path folder;

  @BeforeEach
  void open() throws Exception {
    keyspace = Keyspace.open(storage, RangeTest::slotOf);
  }

  @AfterEach
  void close() {
    keyspace.close();
  }

  private static int slotOf(byte[] key) {
    return key.length > 0 && key[0] == 'g' ? 3 : 1;
  }

  private Outcome run(Command command) throws Exception {
    if (!command.operation().writes()) {
      return keyspace.read(command, nowMs, ReadTier.DISK);
    }
    return write(keyspace, command);
  }

  private Outcome write(Keyspace to, Command command) throws Exception {
    try (WriteSession session = to.begin()) {
      session.entry(to.appliedIndex() + 1, 1, nowMs);
      Outcome outcome = session.execute(command);
      session.commit();
      return outcome;
    }
  }

  private String say(String name, Object... arguments) throws Exception {
    return text(run(command(name, arguments)));
  }

  private void split() throws Exception {
    try (WriteSession session = keyspace.begin()) {
      session.entry(keyspace.appliedIndex() + 1, 1, nowMs);
      session.giveAway(AT_SLOT, 2, bytes("birth"));
    }
  }

  /** The other half, as a copy from before the split. */
  private Keyspace child(Path checkpoint, long index) throws Exception {
    Keyspace child = Keyspace.open(MemoryStorage.fromCheckpoint(checkpoint), RangeTest::slotOf);
    try (WriteSession session = child.begin()) {
      session.entry(index, 1, nowMs);
      session.takeOver(AT_SLOT);
    }
    return child;
  }

  private static String dump(MemoryStorage storage) {
    StringBuilder dump = new StringBuilder();
    for (ColumnFamily family : List.of(ColumnFamily.RECORDS, ColumnFamily.EXPIRY)) {
      storage
          .contents(family)
          .forEach((key, value) ->
              dump.append(HexFormat.of().formatHex(key))
                  .append(' ')
                  .append(HexFormat.of().formatHex(value))
                  .append('\n'));
    }
    return dump.toString();
  }

  static List<Command> commandsAcrossTheBorder() {
    Command two = command("mset", "h1", "new", "g1", "new");
    return List.of(
        two,
        command("mset", "g1", "new", "h1", "new"),
        command("msetnx", "hnew", "v", "gnew", "v"),
        command("mget", "h1", "g1"),
        command("rename", "h1", "g1"),
        command("rename", "g1", "h1"),
        command("renamenx", "h1", "gnew"),
        command("copy", "h1", "g1", "replace"),
        command("del", "h1", "g1"),
        command("unlink", "h1", "h2", "g1"),
        command("exists", "h1", "g1"),
        command("touch", "g1", "h1"),
        command("bitop", "and", "g1", "h1"),
        command("bitop", "and", "h1", "h2", "g1"),
        command("lcs", "h1", "g1"),
        command("lcs", "g1", "h1"),
        command("watch-versions", "h1", "g1"),
        command("set", "g1", "new"),
        command("get", "g1"),
        command("object", "encoding", "g1"),
        command("count-keys-in-slot", "3"),
        command("keys-in-slot", "3", "10"),
        command("scan", Long.toString(3L << 48)),
        Transaction.of(List.of(), List.of(command("set", "h1", "new"), command("get", "g1"))),
        Transaction.of(List.of(), List.of(command("set", "h1", "new"), command("set", "g1", "x"))),
        Transaction.of(
            List.of(), List.of(command("incr", "hn"), command("scan", "844424930131968"))),
        Transaction.of(
            List.of(new Transaction.Watched(bytes("gnew"), 0)),
            List.of(command("set", "h1", "new"))));
  }

  @ParameterizedTest
  @MethodSource("commandsAcrossTheBorder")
  void commandWithOneKeyElsewhereHasNoEffect(Command command) throws Exception {
    run(command("mset", "h1", "here", "h2", "too", "g1", "gone"));
    split();
    String before = dump(storage);
    assertThat(run(command)).isEqualTo(Outcome.ELSEWHERE);
    try (WriteSession session = keyspace.begin()) {
      session.entry(keyspace.appliedIndex() + 1, 1, nowMs);
      assertThat(session.execute(command)).isEqualTo(Outcome.ELSEWHERE);
      session.commit();
    }
    assertThat(dump(storage)).isEqualTo(before);
  }

  @Test
  void badArgumentsAreRefusedAsBefore() throws Exception {
    split();
    assertThat(say("object", "help")).startsWith("[OBJECT");
    assertThat(say("mset", "h1")).startsWith("ERR wrong number");
    assertThat(say("scan", "x")).isEqualTo("ERR invalid cursor");
    assertThat(say("count-keys-in-slot", "16384")).isEqualTo("ERR Invalid slot");
    assertThat(text(run(new Command(command("exec", "x", "y").operation(), new byte[][] {{1}}))))
        .isEqualTo("ERR malformed transaction");
    assertThat(
            text(
                run(
                    Transaction.of(
                        List.of(), List.of(command("set", "h1"), command("set", "h2", "v"))))))
        .isEqualTo("[ERR wrong number of arguments for 'set' command, OK]");
  }

  @Test
  void bothHalvesHoldTheirKeysAndNothingElse() throws Exception {
    run(command("mset", "h1", "here", "h2", "too", "g1", "gone", "g2", "also"));
    run(command("pexpire", "h2", "1000"));
    run(command("pexpire", "g2", "1000"));
    Path checkpoint = folder.resolve("seed");
    keyspace.checkpoint(checkpoint);
    split();
    try (Keyspace child = child(checkpoint, keyspace.appliedIndex())) {
      assertThat(keyspace.range()).isEqualTo(new SlotRange(0, AT_SLOT - 1));
      assertThat(child.range()).isEqualTo(new SlotRange(AT_SLOT, 16383));
      assertThat(say("mget", "h1", "h2")).isEqualTo("[\"here\", \"too\"]");
      assertThat(text(child.read(command("mget", "g1", "g2"), nowMs, ReadTier.DISK)))
          .isEqualTo("[\"gone\", \"also\"]");
      assertThat(child.read(command("get", "h1"), nowMs, ReadTier.DISK))
          .isEqualTo(Outcome.ELSEWHERE);
      assertThat(keyspace.births()).hasSize(1).containsKey(2);
      assertThat(child.births()).isEmpty();
      assertThat(child.appliedIndex()).isEqualTo(keyspace.appliedIndex());
      write(child, command("set", "g9", "v"));
      assertThat(text(child.read(command("watch-versions", "g9"), nowMs, ReadTier.DISK)))
          .isEqualTo("[" + (keyspace.appliedIndex() + 1 << 16) + "]");
    }
  }

  @Test
  void countsAreExactBeforeAndAfterTheRecountWhateverHappensBetween() throws Exception {
    for (int i = 0; i < 50; i++) {
      run(command("set", "h" + i, "v", "EX", "100"));
    }
    for (int i = 0; i < 7; i++) {
      run(command("set", "g" + i, "v"));
    }
    assertThat(keyspace.counted()).isTrue();
    split();
    assertThat(keyspace.counted()).isFalse();
    assertThat(say("dbsize")).isEqualTo("50");
    assertThat(keyspace.read(command("dbsize"), nowMs, ReadTier.MEMORY)).isNull();
    Command recount = keyspace.recount();
    run(command("del", "h0", "h1"));
    run(command("set", "hnew", "v"));
    assertThat(say("dbsize")).isEqualTo("49");
    assertThat(text(run(Transaction.of(List.of(), List.of(command("dbsize")))))).isEqualTo("[49]");
    run(recount);
    assertThat(keyspace.counted()).isTrue();
    assertThat(keyspace.keyCount()).isEqualTo(49);
    assertThat(keyspace.stats().expiring()).isEqualTo(48);
    assertThat(text(run(recount))).isEqualTo("0");
    assertThat(keyspace.keyCount()).isEqualTo(49);
    assertThat(keyspace.recount()).isNull();
  }

  @Test
  void flushCountsAndRecountsOfEarlierSplitsAreIgnored() throws Exception {
    run(command("mset", "h1", "v", "h2", "v", "g1", "v"));
    split();
    Command recount = keyspace.recount();
    run(command("flushall"));
    assertThat(keyspace.counted()).isTrue();
    run(command("set", "h1", "v"));
    run(recount);
    assertThat(keyspace.keyCount()).isEqualTo(1);
    assertThat(say("dbsize")).isEqualTo("1");
  }

  @Test
  void stateOutlivesARestart() throws Exception {
    run(command("mset", "h1", "v", "g1", "v"));
    split();
    keyspace.flush();
    try (Keyspace again = Keyspace.open(storage.afterCrash(), RangeTest::slotOf)) {
      assertThat(again.range()).isEqualTo(new SlotRange(0, 1));
      assertThat(again.counted()).isFalse();
      assertThat(again.births()).hasSize(1);
      assertThat(again.read(command("get", "g1"), nowMs, ReadTier.DISK))
          .isEqualTo(Outcome.ELSEWHERE);
    }
  }

  @Test
  void sweepPassesOverTimesOfKeysThatWentAndDropsThem() throws Exception {
    run(command("set", "h1", "v", "PX", "10"));
    run(command("set", "g1", "v", "PX", "10"));
    run(command("set", "g2", "v", "PX", "999999"));
    Path checkpoint = folder.resolve("seed");
    keyspace.checkpoint(checkpoint);
    split();
    try (Keyspace child = child(checkpoint, keyspace.appliedIndex())) {
      nowMs += 100;
      assertThat(child.expirySweep(nowMs, 10).operation()).isEqualTo(Operation.FORGET_TIMES);
      assertThat(text(write(child, child.expirySweep(nowMs, 10)))).isEqualTo("1");
      assertThat(text(write(child, child.expirySweep(nowMs, 10)))).isEqualTo("1");
      assertThat(child.expirySweep(nowMs, 10)).isNull();
    }
    assertThat(storage.contents(ColumnFamily.EXPIRY)).hasSize(3);
    for (Command sweep; (sweep = keyspace.expirySweep(nowMs, 10)) != null; ) {
      run(sweep);
    }
    assertThat(storage.contents(ColumnFamily.RECORDS)).isEmpty();
    assertThat(storage.contents(ColumnFamily.EXPIRY)).hasSize(1); // is not due
    nowMs += 10_000_000;
    run(keyspace.expirySweep(nowMs, 10));
    assertThat(storage.contents(ColumnFamily.EXPIRY)).isEmpty();
  }

  @Test
  void timesOfOwnKeysAreNeverForgotten() throws Exception {
    run(command("set", "h1", "v", "PX", "10"));
    split();
    byte[] own = storage.contents(ColumnFamily.EXPIRY).firstKey();
    run(command("forget-times", own, bytes("short")));
    assertThat(storage.contents(ColumnFamily.EXPIRY)).hasSize(1);
  }

  @Test
  void scanGoesOnInTheOtherHalf() throws Exception {
    TreeSet<String> keys = new TreeSet<>();
    for (int i = 0; i < 3000; i++) {
      String key = (i % 2 == 0 ? "h" : "g") + i;
      keys.add(key);
      run(command("set", key, "v"));
    }
    Path checkpoint = folder.resolve("seed");
    keyspace.checkpoint(checkpoint);
    split();
    try (Keyspace child = child(checkpoint, keyspace.appliedIndex())) {
      List<String> shown = new ArrayList<>();
      long cursor = 0;
      do {
        Keyspace at = cursor >> 48 < AT_SLOT ? keyspace : child;
        Keyspace other = at == child ? keyspace : child;
        Command scan = command("scan", Long.toUnsignedString(cursor), "COUNT", "100");
        assertThat(other.read(scan, nowMs, ReadTier.DISK)).isEqualTo(Outcome.ELSEWHERE);
        Outcome.Many reply = (Outcome.Many) at.read(scan, nowMs, ReadTier.DISK);
        cursor = Long.parseUnsignedLong(text(reply.items().get(0)).replace("\"", ""));
        for (Outcome key : ((Outcome.Many) reply.items().get(1)).items()) {
          shown.add(text(key).replace("\"", ""));
        }
      } while (cursor != 0);
      assertThat(shown).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(keys);
    }
    assertThat(say("keys", "*")).doesNotContain("g");
    assertThat(say("randomkey")).startsWith("\"h");
    assertThat(say("count-keys-in-slot", "1")).isEqualTo("1500");
    assertThat(say("keys-in-slot", "1", "2")).isEqualTo("[\"h0\", \"h10\"]");
  }

  @Test
  void impossibleSplitsChangeNothing() throws Exception {
    run(command("set", "h1", "v"));
    split();
    try (WriteSession session = keyspace.begin()) {
      session.entry(100, 1, nowMs);
      assertThatThrownBy(() -> session.giveAway(0, 3, bytes("x")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> session.giveAway(2, 3, bytes("x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0-1");
      session.execute(command("set", "h1", "w"));
      assertThatThrownBy(() -> session.giveAway(1, 3, bytes("x")))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(keyspace.range()).isEqualTo(new SlotRange(0, 1));
    assertThat(say("get", "h1")).isEqualTo("\"v\"");
  }

  /**
   * A reader that sees a key absent sees it because the range says so, never because it is gone.
   */
  @Test
  void readersNeverTakeAKeyThatWentForMissing() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 50; round++) {
      MemoryStorage own = new MemoryStorage();
      try (Keyspace split = Keyspace.open(own, RangeTest::slotOf)) {
        write(split, command("mset", "g1", "v", "g2", "v"));
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Object> wrong = new AtomicReference<>();
        boolean several = random.nextBoolean();
        Thread reader =
            new Thread(() -> {
              Command read = several ? command("exists", "g1", "g2") : command("get", "g1");
              String right = several ? "2" : "\"v\"";
              while (!done.get()) {
                try {
                  Outcome outcome = split.read(read, nowMs, ReadTier.MEMORY);
                  if (outcome != Outcome.ELSEWHERE && !text(outcome).equals(right)) {
                    wrong.set(text(outcome));
                  }
                } catch (Exception e) {
                  wrong.set(e);
                }
              }
            });
        reader.start();
        try (WriteSession session = split.begin()) {
          session.entry(10, 1, nowMs);
          session.giveAway(AT_SLOT, 2, bytes("birth"));
        }
        done.set(true);
        reader.join();
        assertThat(wrong.get()).isNull();
      }
    }
  }

  @Test
  void twoChildrenAreRemembered() throws Exception {
    try (WriteSession session = keyspace.begin()) {
      session.entry(1, 1, nowMs);
      session.giveAway(8192, 2, bytes("first"));
      session.entry(2, 1, nowMs);
      session.giveAway(4096, 3, bytes("second"));
    }
    assertThat(keyspace.range()).isEqualTo(new SlotRange(0, 4095));
    assertThat(keyspace.births().keySet()).containsExactly(2, 3);
    assertThat(Arrays.equals(keyspace.births().get(3), bytes("second"))).isTrue();
  }
}
