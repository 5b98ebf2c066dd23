package kvstore.server;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import kvstore.server.config.ConfigException;
import kvstore.server.config.OptionHelp;
import kvstore.server.config.ServerOptions;
import kvstore.server.net.Versions;

/**
 * The program of a node: {@code server [--name value]...}. Exit codes: 0 stopped cleanly, 1 failed,
 * 2 an option is wrong.
 */
public final class Main {

  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Main() {}

  public static void main(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    if (!words.isEmpty() && words.get(0).equals("server")) {
      words = words.subList(1, words.size());
    }
    if (words.contains("--help")) {
      print(OptionHelp.text());
    } else if (words.contains("--version")) {
      print("kvstore " + Versions.OWN + System.lineSeparator());
    } else {
      System.exit(serve(words));
    }
  }

  @SuppressWarnings("SystemOut") // what was asked for
  private static void print(String text) {
    System.out.print(text);
  }

  @SuppressWarnings("SystemOut") // the log is not set up yet
  private static int serve(List<String> words) {
    ServerOptions options;
    try {
      options = ServerOptions.read(words, System.getenv());
    } catch (ConfigException e) {
      System.err.println(e.getMessage());
      return USAGE;
    }
    Logging.configure(options.process().logLevel(), options.process().logFormat());
    CountDownLatch finished = new CountDownLatch(1);
    ServerProcess process =
        new ServerProcess(options, InstantSource.system(), Main::startNode, System.err);
    Stopping stopping = new Stopping(process, finished, options.process().stopTimeout());
    Runtime.getRuntime().addShutdownHook(new Thread(stopping, "stop"));
    int code = FAILED;
    try {
      code = process.run();
    } finally {
      stopping.exitCode(code);
      finished.countDown();
    }
    return code;
  }

  private static ServerProcess.StartedNode startNode(
      ServerOptions options, InstantSource clock, BoundPorts ports) throws java.io.IOException {
    Node node = Node.start(options, clock, ports);
    return new ServerProcess.StartedNode(node.dataPath(), node.view(), node::close);
  }
}
