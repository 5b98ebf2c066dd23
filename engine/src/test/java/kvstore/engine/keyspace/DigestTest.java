package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import kvstore.engine.storage.MemoryStorage;
import kvstore.engine.storage.StorageException;
import org.junit.jupiter.api.Test;

/** Equal replicas have equal digests, others have others. */
class DigestTest {

  private static KeyspaceDigest after(String... script) throws StorageException {
    try (Scene scene = new Scene(new MemoryStorage())) {
      for (String line : script) {
        String[] words = line.split(" ", -1);
        Object[] arguments = new Object[words.length - 1];
        System.arraycopy(words, 1, arguments, 0, arguments.length);
        scene.run(words[0], arguments);
      }
      try (KeyspaceSnapshot snapshot = scene.keyspace().snapshot()) {
        return snapshot.digest();
      }
    }
  }

  @Test
  void theSameEntriesMakeTheSameDigest() throws StorageException {
    KeyspaceDigest one = after("set a 1", "set b 2", "del a");
    assertThat(after("set a 1", "set b 2", "del a")).isEqualTo(one);
    assertThat(one.appliedIndex()).isEqualTo(3);
    assertThat(one.records()).isEqualTo(1);
  }

  @Test
  void valuesVersionsAndTimesOfExpiryCount() throws StorageException {
    String plain = after("set a 1").checksum();
    assertThat(after("set a 2").checksum()).isNotEqualTo(plain);
    assertThat(after("set a 0", "set a 1").checksum()).isNotEqualTo(plain);
    assertThat(after("set a 1 PXAT 99999999999999").checksum()).isNotEqualTo(plain);
    assertThat(after("set b 1").checksum()).isNotEqualTo(plain);
  }

  @Test
  void everyRecordCounts() throws StorageException {
    String[] script = new String[1_500];
    for (int i = 0; i < script.length; i++) {
      script[i] = "set key" + i + " " + i;
    }
    KeyspaceDigest all = after(script);
    assertThat(all.records()).isEqualTo(1_500);
    script[1_200] = "set key1200 other";
    assertThat(after(script).checksum()).isNotEqualTo(all.checksum());
  }
}
