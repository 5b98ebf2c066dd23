package kvstore.engine.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.keyspace.Scene;
import kvstore.engine.storage.MemoryStorage;
import org.junit.jupiter.api.Test;

/** Replays {@code replies.txt}, which was recorded from Redis. */
class RecordedRepliesTest {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
  private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");

  @Test
  void repliesAreThoseRecorded() throws Exception {
    List<String> differences = new ArrayList<>();
    KeyspaceLimits limits = new KeyspaceLimits(1000, 1 << 20, 8 << 20, 8 << 20);
    try (Scene scene = new Scene(new MemoryStorage(), limits);
        InputStream file = getClass().getResourceAsStream("replies.txt")) {
      String command = "";
      for (String line :
          new String(Objects.requireNonNull(file).readAllBytes(), ISO_8859_1).split("\n")) {
        if (line.startsWith("> ")) {
          command = line.substring(2);
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          String actual = printable(run(scene, command));
          if (!actual.equals(line)) {
            differences.add(command + "\n  expected " + line + "\n  actual   " + actual);
          }
        }
      }
    }
    assertThat(differences).isEmpty();
  }

  private static String run(Scene scene, String line) throws Exception {
    List<Object> words = new ArrayList<>();
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      String text = word.group(1) == null ? word.group(2) : word.group(1);
      words.add(
          ESCAPE
              .matcher(text)
              .replaceAll(m -> Character.toString(Integer.parseInt(m.group(1), 16)))
              .getBytes(ISO_8859_1));
    }
    String name = new String((byte[]) words.remove(0), ISO_8859_1);
    return scene.say(name, words.toArray());
  }

  private static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.chars()
        .forEach(
            c -> printable.append(c >= 32 && c < 127 ? (char) c : String.format("\\x%02x", c)));
    return printable.toString();
  }
}
