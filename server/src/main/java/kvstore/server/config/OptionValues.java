package kvstore.server.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The options as given, each from the strongest place that names it: command line, environment,
 * file, default.
 */
public final class OptionValues {

  /** Names the file; itself neither in a file nor in the table. */
  static final String CONFIG = "config";

  static final String CONFIG_ENVIRONMENT = "KV_CONFIG";

  /** Variables of the launcher and the shell, which may be set for a node too. */
  private static final Set<String> OTHERS =
      Set.of("KV_JAVA_HOME", "KV_PASSWORD", "KV_HISTORY_FILE");

  private record Given(String text, String place) {}

  private final Map<String, Given> given = new LinkedHashMap<>();

  private OptionValues() {}

  /**
   * Reads all places and checks every value.
   *
   * @throws ConfigException with one line that names option, value and what was expected
   */
  public static OptionValues read(List<String> arguments, Map<String, String> environment) {
    OptionValues values = new OptionValues();
    Map<String, String> flags = CommandLine.parse(arguments);
    String file = flags.remove(CONFIG);
    if (file == null) {
      file = environment.get(CONFIG_ENVIRONMENT);
    }
    if (file != null) {
      values.addFile(Path.of(file));
    }
    values.addEnvironment(environment);
    flags.forEach((name, text) -> values.given.put(name, new Given(text, "on the command line")));
    OptionTable.all().forEach(values::check);
    return values;
  }

  /** The value of an option that has a default. */
  <T> T get(Option<T> option) {
    return find(option)
        .orElseThrow(() -> new IllegalStateException("no default for " + option.name()));
  }

  /** The value given, else the default; empty when there is neither. */
  <T> Optional<T> find(Option<T> option) {
    Given value = given.get(option.name());
    if (value != null) {
      return Optional.of(parse(option, value));
    }
    return option.fallback().isEmpty()
        ? Optional.empty()
        : Optional.of(option.type().parser().apply(option.fallback()));
  }

  /** The value given; empty when the default would hold. */
  <T> Optional<T> findGiven(Option<T> option) {
    return given.containsKey(option.name()) ? find(option) : Optional.empty();
  }

  private void check(Option<?> option) {
    Given value = given.get(option.name());
    if (value != null) {
      parse(option, value);
    }
  }

  private static <T> T parse(Option<T> option, Given value) {
    try {
      return option.type().parser().apply(value.text);
    } catch (RuntimeException e) {
      String shown = option.isSecret() ? "a value that is not shown" : "'" + value.text + "'";
      throw new ConfigException(
          "option "
              + option.name()
              + " "
              + value.place
              + ": expected "
              + option.type().expected()
              + ", but got "
              + shown);
    }
  }

  private void addFile(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException | UncheckedIOException e) {
      throw new ConfigException(
          "option config: expected a readable text file, but got '" + file + "' (" + e + ")");
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      String place = "in " + file + ", line " + (i + 1);
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw new ConfigException("expected 'name = value' " + place + ", but got '" + line + "'");
      }
      String name = line.substring(0, equals).strip();
      requireKnown(name, place);
      if (given.put(name, new Given(line.substring(equals + 1).strip(), place)) != null) {
        throw new ConfigException("option " + name + " " + place + ": expected it once only");
      }
    }
  }

  private void addEnvironment(Map<String, String> environment) {
    environment.forEach((name, text) -> {
      if (!name.startsWith("KV_") || OTHERS.contains(name) || name.equals(CONFIG_ENVIRONMENT)) {
        return;
      }
      Option<?> option =
          OptionTable.all().stream()
              .filter(row -> row.environmentName().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new ConfigException(
                      "unknown option "
                          + name
                          + " in the environment: expected one that --help lists"));
      given.put(option.name(), new Given(text, "in the environment (" + name + ")"));
    });
  }

  static Option<?> requireKnown(String name, String place) {
    return OptionTable.byName(name)
        .orElseThrow(() ->
            new ConfigException(
                "unknown option '"
                    + name
                    + "' "
                    + place
                    + ": expected one that --help lists"
                    + Spelling.nearest(name).map(near -> ", such as " + near).orElse("")));
  }
}
