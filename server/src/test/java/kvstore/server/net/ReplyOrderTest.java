package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

class ReplyOrderTest {

  private static @Nullable TestServer server;
  private static @Nullable ExecutorService answerers;

  @BeforeContainer
  static void start() {
    server = new TestServer();
    answerers = Executors.newFixedThreadPool(3);
  }

  @AfterContainer
  static void stop() {
    server.close();
    answerers.shutdownNow();
  }

  /**
   * Some commands are answered by other threads in any order, some at once, some by the session.
   */
  @Property(tries = 200)
  void repliesComeInTheOrderOfTheRequestsWhateverIsAnsweredFirst(
      @ForAll @IntRange(min = 1, max = 300) int count, @ForAll long seed) throws Exception {
    Random random = new Random(seed);
    server.data.holding = true;
    try (TestClient client = server.connect()) {
      List<String> expected = new ArrayList<>();
      int data = 0;
      StringBuilder pipeline = new StringBuilder();
      for (int i = 0; i < count; i++) {
        boolean local = random.nextInt(4) == 0;
        pipeline.append(local ? "ECHO " : "GET ").append(i).append("\r\n");
        expected.add(Integer.toString(i));
        data += local ? 0 : 1;
      }
      client.raw(pipeline.toString());
      List<FakeDataPath.Held> held = new ArrayList<>();
      while (held.size() < data) {
        held.add(server.data.held.poll(10, TimeUnit.SECONDS));
      }
      Collections.shuffle(held, random);
      held.forEach(each -> answerers.execute(each::answer));

      List<String> replies = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        replies.add(client.answer());
      }
      assertThat(replies).isEqualTo(expected);
    }
  }
}
