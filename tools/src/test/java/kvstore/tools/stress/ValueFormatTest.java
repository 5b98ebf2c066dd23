package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ValueFormatTest {

  @Property(tries = 300)
  void aValueTellsItsVersionAndAnyFlippedBitShows(
      @ForAll @IntRange(min = 24, max = 300) int size,
      @ForAll @LongRange(min = 0, max = 50_000_000) long key,
      @ForAll @IntRange(min = 1) int version,
      @ForAll @IntRange(min = 0, max = 1_000_000) int bit) {
    ValueFormat format = new ValueFormat(size, 11);
    ByteBuffer value = ByteBuffer.allocate(size);
    format.write(value, key, version);
    assertThat(value.remaining()).isZero();
    assertThat(format.read(value, 0, size, key)).isEqualTo(version);
    assertThat(format.read(value, 0, size, key + 1)).isEqualTo(ValueFormat.OTHER_KEY);
    int at = bit % (size * 8);
    value.put(at / 8, (byte) (value.get(at / 8) ^ 1 << at % 8));
    assertThat(format.read(value, 0, size, key)).isEqualTo(ValueFormat.CORRUPT);
  }

  @Test
  void aValueOfAnotherRunIsNoneOfOurs() {
    ByteBuffer value = ByteBuffer.allocate(64);
    new ValueFormat(64, 1).write(value, 5, 1);
    assertThat(new ValueFormat(64, 2).read(value, 0, 64, 5)).isEqualTo(ValueFormat.CORRUPT);
  }
}
