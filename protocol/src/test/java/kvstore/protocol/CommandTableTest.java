package kvstore.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class CommandTableTest {

  private final CommandTable table = CommandTable.standard();

  @Test
  void everyCommandIsFoundInAnyCase() {
    for (CommandSpec spec : table.all()) {
      assertThat(table.lookup(bytes(spec.name()))).isSameAs(spec);
      assertThat(table.lookup(bytes(spec.name().toUpperCase(Locale.ROOT)))).isSameAs(spec);
    }
    assertThat(table.lookup(bytes("nosuch"))).isNull();
    assertThat(table.lookup(new byte[0])).isNull();
  }

  @Test
  void namesStandOnce() {
    assertThat(table.all()).extracting(CommandSpec::name).doesNotHaveDuplicates();
  }

  @Test
  void keysAreFoundByPositionAndStep() {
    assertThat(keys("mset", "a", "1", "b", "2")).containsExactly("a", "b");
    assertThat(keys("bitop", "and", "to", "x", "y")).containsExactly("to", "x", "y");
    assertThat(keys("rename", "a", "b")).containsExactly("a", "b");
    assertThat(keys("ping")).isEmpty();
    assertThat(keys("get")).isEmpty();
  }

  @Test
  void slotsAreThoseOfTheClusterSpecification() {
    assertThat(Slots.crc16(bytes("123456789"), 0, 9)).isEqualTo(0x31C3);
    assertThat(Slots.slotOf(bytes("foo"))).isEqualTo(12_182);
    assertThat(Slots.slotOf(bytes("{user1000}.following")))
        .isEqualTo(Slots.slotOf(bytes("{user1000}.followers")))
        .isEqualTo(Slots.slotOf(bytes("user1000")));
    assertThat(Slots.slotOf(bytes("foo{}{bar}")))
        .isEqualTo(Slots.crc16(bytes("foo{}{bar}"), 0, 10) % Slots.COUNT);
    assertThat(Slots.slotOf(bytes("foo{{bar}}zap"))).isEqualTo(Slots.slotOf(bytes("{bar")));
  }

  private List<String> keys(String... words) {
    byte[][] arguments = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = bytes(words[i]);
    }
    CommandSpec spec = table.lookup(arguments[0]);
    assertThat(spec).isNotNull();
    return spec.keys(arguments).stream()
        .map(key -> new String(key, StandardCharsets.UTF_8))
        .toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
