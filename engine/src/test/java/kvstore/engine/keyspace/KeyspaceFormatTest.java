package kvstore.engine.keyspace;

import static kvstore.engine.keyspace.Scene.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import kvstore.engine.command.SlotRange;
import kvstore.engine.storage.ColumnFamily;
import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.StorageBatch;
import kvstore.engine.storage.StorageException;
import org.junit.jupiter.api.Test;

class KeyspaceFormatTest {
  private static final HexFormat HEX = HexFormat.of();
  private final MemoryStorage storage = new MemoryStorage();

  private List<String> dump(ColumnFamily family) throws StorageException {
    return storage.contents(family).entrySet().stream()
        .map(e -> HEX.formatHex(e.getKey()) + " " + HEX.formatHex(e.getValue()))
        .toList();
  }

  private void write(byte[] key, String hex, ColumnFamily family) throws StorageException {
    StorageBatch batch = storage.newBatch();
    batch.put(family, key, HEX.parseHex(hex));
    storage.write(batch);
  }

  @Test
  void recordsAreStoredAsSpecified() throws Exception {
    try (Keyspace keyspace = Keyspace.open(storage, key -> 0x1234);
        WriteSession session = keyspace.begin()) {
      session.entry(0x0a0b, 3, 1_700_000_000_000L);
      session.execute(Scene.command("set", "key", "value"));
      session.execute(Scene.command("set", "e", "v", "PXAT", "1800000000000"));
      session.commit();
    }
    assertThat(dump(ColumnFamily.RECORDS))
        .containsExactly(
            "1234" + "65" + " 01" + "01" + "000001a3185c5000" + "000000000a0b0001" + "76",
            "1234" + "6b6579" + " 01" + "00" + "000000000a0b0000" + "76616c7565");
    assertThat(dump(ColumnFamily.EXPIRY)).containsExactly("000001a3185c5000" + "1234" + "65" + " ");
    assertThat(dump(ColumnFamily.META))
        .containsExactly(
            HEX.formatHex(bytes("state"))
                + " 0002"
                + "0000000000000a0b"
                + "0000000000000003"
                + "0000000000000002"
                + "0000000000000001"
                + "0000018bcfe56800"
                + "0000"
                + "3fff"
                + "0000000000000000");
  }

  @Test
  void splitIsStoredAsSpecified() throws Exception {
    try (Keyspace keyspace = Keyspace.open(storage, key -> key[0] == 'a' ? 0x0012 : 0x2000);
        WriteSession session = keyspace.begin()) {
      session.entry(5, 3, 1_700_000_000_000L);
      session.execute(Scene.command("mset", "a1", "1", "a2", "2", "b1", "3", "b2", "4"));
      session.commit();
      session.entry(6, 3, 1_700_000_000_001L);
      session.giveAway(0x2000, 7, bytes("told"));
    }
    assertThat(dump(ColumnFamily.RECORDS)).hasSize(2).allMatch(r -> r.startsWith("0012"));
    assertThat(dump(ColumnFamily.META))
        .containsExactly(
            HEX.formatHex(bytes("birth")) + "00000007 " + HEX.formatHex(bytes("told")),
            HEX.formatHex(bytes("state"))
                + " 0002"
                + "0000000000000006"
                + "0000000000000003"
                + "0000000000000002"
                + "0000000000000000"
                + "0000018bcfe56801"
                + "0000"
                + "1fff"
                + "0000000000000006");
  }

  @Test
  void stateOfFormat1HoldsAllSlotsAndIsCounted() throws Exception {
    write(bytes("state"), "0001" + "0000000000000009".repeat(5), ColumnFamily.META);
    try (Keyspace keyspace = Keyspace.open(storage, key -> 0)) {
      assertThat(keyspace.range()).isEqualTo(SlotRange.ALL);
      assertThat(keyspace.counted()).isTrue();
      assertThat(keyspace.appliedIndex()).isEqualTo(9);
      assertThat(keyspace.keyCount()).isEqualTo(9);
    }
  }

  @Test
  void specifiedRecordsAreRead() throws Exception {
    write(HEX.parseHex("12346b6579"), "0100000000000a0b000076616c7565", ColumnFamily.RECORDS);
    try (Keyspace keyspace = Keyspace.open(storage, key -> 0x1234)) {
      assertThat(
              Scene.text(
                  keyspace.read(
                      Scene.command("get", "key"), 0, kvstore.engine.storage.ReadTier.DISK)))
          .isEqualTo("\"value\"");
    }
  }

  @Test
  void newerFormatIsRefused() throws Exception {
    write(bytes("state"), "0003" + "00".repeat(52), ColumnFamily.META);
    assertThatThrownBy(() -> Keyspace.open(storage, key -> 0))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NEWER_FORMAT))
        .hasMessageContaining("found format 3");
  }

  @Test
  void stateThatIsCutShortIsCorrupt() throws Exception {
    write(bytes("state"), "000100", ColumnFamily.META);
    assertThatThrownBy(() -> Keyspace.open(storage, key -> 0))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPTION));
  }

  @Test
  void recordsOfUnknownTypeOrWithUnknownFlagsAreCorrupt() throws Exception {
    for (String record : List.of("", "01", "0200000000000a0b0000", "0102000000000a0b000000")) {
      write(HEX.parseHex("00006b"), record, ColumnFamily.RECORDS);
      try (Scene ignored = new Scene(new MemoryStorage())) {
        Keyspace keyspace = Keyspace.open(storage, key -> 0);
        assertThatThrownBy(() ->
                keyspace.read(Scene.command("get", "k"), 0, kvstore.engine.storage.ReadTier.DISK))
            .isInstanceOfSatisfying(
                StorageException.class,
                e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPTION));
      }
    }
  }
}
