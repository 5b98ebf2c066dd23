package kvstore.engine.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SipHashTest {

  /**
   * As the authors' reference implementation has them (vectors_sip128): secret and input count up.
   */
  @Test
  void agreesWithTheReference() {
    assertThat(hashOf(0)).isEqualTo("a3817f04ba25a8e66df67214c7550293");
    assertThat(hashOf(1)).isEqualTo("da87c1d86b99af44347659119b22fc45");
    assertThat(hashOf(15)).isEqualTo("5493e99933b0a8117e08ec0f97cfc3d9");
    assertThat(hashOf(63)).isEqualTo("5150d1772f50834a503e069a973fbd7c");
  }

  @Test
  void countsEveryByteAndTheLength() {
    SipHash hash = SipHash.withNewSecret();
    hash.hash(new byte[16]);
    long before = hash.second();
    for (int length = 0; length < 32; length++) {
      byte[] input = new byte[length];
      if (length != 16) {
        hash.hash(input);
        assertThat(hash.second()).isNotEqualTo(before);
      }
      for (int at = 0; at < length; at++) {
        hash.hash(input);
        long without = hash.first();
        input[at] = -1;
        hash.hash(input);
        assertThat(hash.first()).isNotEqualTo(without);
        input[at] = 0;
      }
    }
  }

  @Test
  void anotherSecretGivesAnotherHash() {
    SipHash one = SipHash.withNewSecret();
    SipHash other = SipHash.withNewSecret();
    one.hash(new byte[3]);
    other.hash(new byte[3]);
    assertThat(one.first()).isNotEqualTo(other.first());
  }

  private static String hashOf(int length) {
    SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    byte[] input = new byte[length];
    for (int i = 0; i < length; i++) {
      input[i] = (byte) i;
    }
    hash.hash(input);
    byte[] result =
        ByteBuffer.allocate(2 * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(hash.first())
            .putLong(hash.second())
            .array();
    return HexFormat.of().formatHex(result);
  }
}
