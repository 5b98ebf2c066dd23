package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GlobPatternTest {

  @Test
  void patternsMatchAsInRedis() {
    assertThat(GlobPattern.matches("*", "")).isTrue();
    assertThat(GlobPattern.matches("h?llo", "hello")).isTrue();
    assertThat(GlobPattern.matches("h*llo", "heeeello")).isTrue();
    assertThat(GlobPattern.matches("h[ae]llo", "hallo")).isTrue();
    assertThat(GlobPattern.matches("h[^e]llo", "hello")).isFalse();
    assertThat(GlobPattern.matches("h[a-c]llo", "hbllo")).isTrue();
    assertThat(GlobPattern.matches("h\\*llo", "h*llo")).isTrue();
    assertThat(GlobPattern.matches("h\\*llo", "hello")).isFalse();
    assertThat(GlobPattern.matches("a*b*c", "aXbYbZc")).isTrue();
    assertThat(GlobPattern.matches("a*b*c", "aXbYbZd")).isFalse();
    assertThat(GlobPattern.matches("", "a")).isFalse();
  }

  @Test
  void manyStarsDoNotTakeLong() {
    assertThat(GlobPattern.matches("*a".repeat(50), "b".repeat(10_000))).isFalse();
  }
}
