package kvstore.tools.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvstore.tools.Endpoint;

/**
 * How one node is started.
 *
 * @param name for messages and the log file
 * @param directory its data
 * @param client where it answers clients
 * @param options further options of {@code kv_store server}
 * @param environment variables it finds besides ours
 */
record NodeSettings(
    String name,
    Path directory,
    Endpoint client,
    List<String> options,
    Map<String, String> environment) {

  NodeSettings {
    options = List.copyOf(options);
    environment = Map.copyOf(environment);
  }

  NodeSettings(String name, Path directory, Endpoint client, List<String> options) {
    this(name, directory, client, options, Map.of());
  }

  NodeSettings with(Map<String, String> variables) {
    return new NodeSettings(name, directory, client, options, variables);
  }

  Path logFile() {
    return directory.resolve("log").resolve(name + ".log");
  }

  List<String> arguments() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "server",
                "--dir",
                directory.toAbsolutePath().toString(),
                "--host",
                client.host(),
                "--port",
                Integer.toString(client.port()),
                "--stop-when-stdin-closes"));
    arguments.addAll(options);
    return arguments;
  }
}
