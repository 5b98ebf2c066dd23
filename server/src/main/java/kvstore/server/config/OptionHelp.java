package kvstore.server.config;

/** The option table as text for {@code --help} and as the page docs/configuration.md. */
public final class OptionHelp {

  private static final int WIDTH = 79;
  private static final int INDENT = 6;

  private OptionHelp() {}

  /** The text of {@code --help}, ending in a line feed. */
  public static String text() {
    StringBuilder text = new StringBuilder();
    text.append("Usage: kv_store server [--name value | --switch]...\n\n");
    text.append("Starts a node. Each option can also be set in the environment, as KV_NAME\n");
    text.append("(KV_PEER_PORT=17379), or as 'name = value' in the file that --config names.\n");
    text.append("The command line is stronger than the environment, that than the file.\n");
    for (Option.Group group : Option.Group.values()) {
      text.append('\n').append(group.title()).append(":\n");
      for (Option<?> option : OptionTable.all()) {
        if (option.group() == group) {
          append(text, option);
        }
      }
    }
    text.append("\nMore:\n");
    text.append("  --config FILE\n      File of options.\n");
    text.append("  --help\n      Print this text.\n");
    text.append("  --version\n      Print the version.\n");
    return text.toString();
  }

  /** The page docs/configuration.md. */
  public static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append("# Configuration\n\n");
    page.append(
        "Every option of `kv_store server`. This page is generated from the option table; ");
    page.append("a test keeps them equal.\n\n");
    page.append("Each option can be given on the command line (`--peer-port 17379`), ");
    page.append("in the environment (`KV_PEER_PORT=17379`), or in the file that `--config FILE` ");
    page.append("or `KV_CONFIG` names (`peer-port = 17379`, `#` starts a comment line). ");
    page.append("The command line is stronger than the environment, that than the file, ");
    page.append("that than the default.\n\n");
    page.append("Durations have a unit: `us`, `ms`, `s`, `m`, `h`, `d`. ");
    page.append("Sizes may have one: `KiB`, `MiB`, `GiB`, `TiB`, each 1024 of the one before ");
    page.append("(`k`, `kb`, … mean the same).\n\n");
    page.append(
        "An option that is unknown or has a bad value stops the start with exit code 2 and ");
    page.append("one line that names the option, the value and what was expected. ");
    page.append("Listening beyond this machine without `requirepass` and `cluster-secret` is ");
    page.append("refused unless `insecure` is set.\n\n");
    page.append(
        "These are options of one node. What holds for the whole cluster and changes while ");
    page.append("it runs, such as when shards split, are [settings](operations.md).\n");
    for (Option.Group group : Option.Group.values()) {
      page.append("\n## ").append(group.title()).append("\n\n");
      page.append("| option | value | default | meaning |\n| --- | --- | --- | --- |\n");
      for (Option<?> option : OptionTable.all()) {
        if (option.group() == group) {
          appendRow(page, option);
        }
      }
    }
    return page.toString();
  }

  private static void append(StringBuilder text, Option<?> option) {
    text.append("  ");
    if (option.isSecret()) {
      text.append(option.environmentName()).append('=').append(option.type().placeholder());
    } else {
      text.append("--").append(option.name());
      if (!option.isSwitch()) {
        text.append(' ').append(option.type().placeholder());
      }
    }
    text.append('\n');
    String sentence = option.summary();
    if (!option.fallback().isEmpty() && !option.isSwitch()) {
      sentence += " Default: " + option.fallback() + ".";
    }
    wrap(text, sentence);
  }

  private static void wrap(StringBuilder text, String sentence) {
    int column = 0;
    for (String word : sentence.split(" ", -1)) {
      if (column == 0 || column + 1 + word.length() > WIDTH) {
        text.append(column == 0 ? "" : "\n").append(" ".repeat(INDENT)).append(word);
        column = INDENT + word.length();
      } else {
        text.append(' ').append(word);
        column += 1 + word.length();
      }
    }
    text.append('\n');
  }

  private static void appendRow(StringBuilder page, Option<?> option) {
    String name =
        option.isSecret()
            ? "`" + option.name() + "` (not on the command line)"
            : "`" + option.name() + "`";
    String fallback = option.fallback().isEmpty() ? "" : "`" + option.fallback() + "`";
    String expected = option.type().expected().replace("|", "\\|");
    page.append("| ").append(name).append(" | ").append(expected).append(" | ").append(fallback);
    page.append(" | ").append(option.summary()).append(" |\n");
  }
}
