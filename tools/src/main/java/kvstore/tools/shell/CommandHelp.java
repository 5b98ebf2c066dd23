package kvstore.tools.shell;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import org.jspecify.annotations.Nullable;

/** Help out of the command table. */
final class CommandHelp {

  private static final String INTRODUCTION =
      """
      PUT key value     stores a value
      GET key           shows it
      REMOVE key        removes it
      help COMMAND      explains a command; TAB completes
      quit              leaves (or Ctrl-D)

      Values with blanks or other bytes are quoted: PUT greeting "hello\\nworld \\x00\\xff".
      """;

  private CommandHelp() {}

  /**
   * @param words what to explain; empty for all in short
   */
  static String of(List<String> words) {
    if (words.isEmpty()) {
      return INTRODUCTION + "\n" + overview();
    }
    CommandSpec spec = find(words.get(0));
    if (spec == null) {
      return "There is no command '" + words.get(0) + "'. 'help' lists all.";
    }
    if (words.size() > 1) {
      CommandSpec subcommand = spec.subcommand(words.get(1).getBytes(StandardCharsets.UTF_8));
      if (subcommand != null) {
        return describe(spec.name() + " " + subcommand.name(), subcommand);
      }
    }
    return describe(spec.name(), spec) + subcommands(spec);
  }

  /** Name and arguments, such as {@code GETRANGE key start end}. */
  static String usage(String name, CommandSpec spec) {
    return (name.toUpperCase(Locale.ROOT) + " " + spec.about().syntax()).strip();
  }

  private static @Nullable CommandSpec find(String name) {
    return CommandTable.standard().lookup(name.getBytes(StandardCharsets.UTF_8));
  }

  private static String describe(String name, CommandSpec spec) {
    CommandSpec.About about = spec.about();
    return usage(name, spec)
        + "\n  "
        + about.summary()
        + "\n  group: "
        + about.group()
        + "   since: "
        + about.since()
        + "   cost: "
        + about.complexity();
  }

  private static String subcommands(CommandSpec spec) {
    return spec.subcommands().stream()
        .map(subcommand ->
            "\n  "
                + usage(spec.name() + " " + subcommand.name(), subcommand)
                + "\n      "
                + subcommand.about().summary())
        .collect(Collectors.joining());
  }

  private static String overview() {
    TreeMap<String, List<String>> groups =
        CommandTable.standard().all().stream()
            .collect(
                Collectors.groupingBy(
                    spec -> spec.about().group(),
                    TreeMap::new,
                    Collectors.mapping(
                        spec -> spec.name().toUpperCase(Locale.ROOT), Collectors.toList())));
    StringBuilder text = new StringBuilder();
    groups.forEach((group, names) -> wrap(group, names, text));
    return text.toString().stripTrailing();
  }

  private static void wrap(String group, List<String> names, StringBuilder text) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-14s", group));
    for (String name : names) {
      if (line.length() + name.length() > 98) {
        text.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(" ".repeat(14));
      }
      line.append(name).append(' ');
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }
}
