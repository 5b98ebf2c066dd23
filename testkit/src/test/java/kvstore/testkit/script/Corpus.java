package kvstore.testkit.script;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The scripts of the test resources, as tests. */
public final class Corpus {

  private Corpus() {}

  /** What Redis answers, too. */
  public static List<Script> redis() {
    return folder("redis");
  }

  /** What is ours alone. */
  public static List<Script> own() {
    return folder("own");
  }

  /** One test for each script. */
  public static Stream<DynamicTest> tests(ScriptRunner runner, List<Script> scripts) {
    return scripts.stream()
        .map(script -> DynamicTest.dynamicTest(script.name(), () -> runner.play(script)));
  }

  private static List<Script> folder(String name) {
    URL url = Objects.requireNonNull(Corpus.class.getResource("/scripts/" + name));
    try {
      return Script.all(Path.of(url.toURI()));
    } catch (IOException | URISyntaxException e) {
      throw new AssertionError("scripts are part of the test class path", e);
    }
  }
}
