package kvstore.testkit.cluster;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The command line of a node, run by this Java and from this class path. */
final class ServerCommand {

  /** Few threads and little memory: several nodes share a small machine with the tests. */
  private static final List<String> JVM =
      List.of(
          "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

  private ServerCommand() {}

  /**
   * @param options of the server
   */
  static List<String> of(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.addAll(List.of("-cp", classPath(), "kvstore.server.Main", "server"));
    command.addAll(options);
    command.add("--stop-when-stdin-closes"); // should the tests themselves be killed
    return command;
  }

  /** The class path of this process without what belongs to tests. */
  private static String classPath() {
    String own = System.getProperty("java.class.path");
    return Arrays.stream(
            System.getProperty("surefire.test.class.path", own).split(File.pathSeparator))
        .filter(entry -> !entry.contains("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
