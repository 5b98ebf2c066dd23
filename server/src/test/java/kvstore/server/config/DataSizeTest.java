package kvstore.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DataSizeTest {

  @Property
  void aSizeIsReadBackAsWritten(@ForAll @LongRange(min = 0) long bytes) {
    DataSize size = new DataSize(bytes);
    if (size.toString().endsWith("TiB") || bytes < 1L << 58) {
      assertThat(DataSize.parse(size.toString())).isEqualTo(size);
    }
  }

  @Property
  void aDurationIsReadBackAsWritten(@ForAll @IntRange(min = 0) int micros) {
    Duration duration = Duration.ofNanos(micros * 1_000L);
    assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
  }

  @Test
  void unitsArePowersOf1024InAnyCase() {
    assertThat(DataSize.parse("512").bytes()).isEqualTo(512);
    assertThat(DataSize.parse("64k")).isEqualTo(DataSize.kibibytes(64));
    assertThat(DataSize.parse("64 MIB")).isEqualTo(DataSize.mebibytes(64));
    assertThat(DataSize.parse("1gb")).hasToString("1GiB");
  }

  @Test
  void whatIsNoSizeIsRefused() {
    for (String text : new String[] {"", "-1", "1.5k", "k", "1q", "999999999999999999t"}) {
      assertThatThrownBy(() -> DataSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
