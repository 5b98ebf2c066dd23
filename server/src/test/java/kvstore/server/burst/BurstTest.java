package kvstore.server.burst;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BurstTest {

  private final List<String> ran = new ArrayList<>();

  @Test
  void whatIsPutOffRunsOnceAtTheEnd() {
    Runnable work = () -> ran.add("work");
    assertThat(Burst.begin()).isTrue();
    assertThat(Burst.begin()).isFalse();
    Burst.afterwards(work);
    Burst.afterwards(work);
    assertThat(ran).isEmpty();
    Burst.end();
    assertThat(ran).containsExactly("work");
  }

  @Test
  void aBurstWithinTheEndOfAnotherLosesNothing() {
    assertThat(Burst.begin()).isTrue();
    Burst.afterwards(() -> {
      ran.add("first");
      for (String name : List.of("inner", "inner again")) {
        assertThat(Burst.begin()).isTrue();
        Burst.afterwards(() -> ran.add(name));
        Burst.end();
      }
    });
    Burst.afterwards(() -> ran.add("last"));
    Burst.end();
    assertThat(ran).containsExactly("first", "inner", "inner again", "last");
  }
}
