package kvstore.engine.keyspace;

import static kvstore.engine.keyspace.Scene.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
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
                + " 0001"
                + "0000000000000a0b"
                + "0000000000000003"
                + "0000000000000002"
                + "0000000000000001"
                + "0000018bcfe56800");
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
    write(bytes("state"), "0002" + "00".repeat(40), ColumnFamily.META);
    assertThatThrownBy(() -> Keyspace.open(storage, key -> 0))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NEWER_FORMAT))
        .hasMessageContaining("found format 2");
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
