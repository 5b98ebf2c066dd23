package kvstore.server.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import kvstore.server.router.ShardMap.Range;
import org.junit.jupiter.api.Test;

class ShardMapTest {

  @Test
  void eachSlotIsFoundInItsRange() {
    ShardMap map =
        new ShardMap(
            3, List.of(new Range(4, 0, 0), new Range(7, 1, 9_999), new Range(2, 10_000, 16_383)));
    assertThat(map.shardOf(0)).isEqualTo(4);
    assertThat(map.shardOf(1)).isEqualTo(7);
    assertThat(map.shardOf(9_999)).isEqualTo(7);
    assertThat(map.shardOf(10_000)).isEqualTo(2);
    assertThat(map.shardOf(16_383)).isEqualTo(2);
  }

  @Test
  void gapsAndOverlapsAreRefused() {
    assertThatThrownBy(
            () -> new ShardMap(1, List.of(new Range(1, 0, 10), new Range(2, 12, 16_383))))
        .hasMessageContaining("from slot 11");
    assertThatThrownBy(() -> new ShardMap(1, List.of(new Range(1, 0, 10))))
        .hasMessageContaining("end at 10");
  }
}
