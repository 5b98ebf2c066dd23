package kvstore.tools.local;

import java.util.List;

/** The words of the command that runs a node, up to its own arguments. */
final class NodeProgram {

  /** Set by the launcher: the words, one a line. */
  private static final String PROPERTY = "kvstore.node.command";

  private static final String CLASS_PATH_PROPERTY = "kvstore.server.classpath";
  private static final String MAIN = "kvstore.server.Main";

  private NodeProgram() {}

  static List<String> words() {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      return given.lines().toList();
    }
    // Without the launcher, as in tests: the same Java, and a class path that has the server.
    return List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "-Xmx256m",
        "-cp",
        System.getProperty(CLASS_PATH_PROPERTY, System.getProperty("java.class.path")),
        MAIN);
  }
}
