package kvstore.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GlobTest {

  private static boolean matches(String pattern, String text) {
    return new Glob(Words.bytes(pattern)).matches(Words.bytes(text));
  }

  @Test
  void patternsMatchAsInRedis() {
    assertThat(matches("h?llo", "hello")).isTrue();
    assertThat(matches("h*llo", "heeeello")).isTrue();
    assertThat(matches("h[ae]llo", "hallo")).isTrue();
    assertThat(matches("h[^e]llo", "hello")).isFalse();
    assertThat(matches("h[a-c]llo", "hbllo")).isTrue();
    assertThat(matches("h\\*llo", "h*llo")).isTrue();
    assertThat(matches("h\\*llo", "hello")).isFalse();
    assertThat(matches("a*b*c", "aXbYbZc")).isTrue();
    assertThat(matches("a*b*c", "aXbYbZd")).isFalse();
    assertThat(matches("", "a")).isFalse();
  }

  @Test
  void manyStarsDoNotTakeLong() {
    assertThat(matches("*a".repeat(50), "b".repeat(10_000))).isFalse();
  }
}
