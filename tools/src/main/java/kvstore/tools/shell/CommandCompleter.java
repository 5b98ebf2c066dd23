package kvstore.tools.shell;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes command names, subcommands and options out of the command table. */
final class CommandCompleter implements Completer {

  private static final Pattern OPTION = Pattern.compile("\\b[A-Z][A-Z-]+\\b");

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    complete(line.words(), line.wordIndex(), candidates);
  }

  /**
   * @param words of the line, the last one perhaps begun only
   * @param at which of them is wanted
   */
  void complete(List<String> words, int at, List<Candidate> candidates) {
    boolean lower = at < words.size() && startsLower(words.get(at));
    boolean help = at == 1 && words.get(0).equalsIgnoreCase("help");
    if (at == 0 || help) {
      for (CommandSpec spec : CommandTable.standard().all()) {
        add(spec.name(), spec.about().summary(), lower, candidates);
      }
      if (at == 0) {
        add("help", "Explains commands.", lower, candidates);
        add("clear", "Clears the screen.", lower, candidates);
      }
      return;
    }
    CommandSpec spec =
        CommandTable.standard().lookup(words.get(0).getBytes(StandardCharsets.UTF_8));
    if (spec == null) {
      return;
    }
    if (at == 1 && !spec.subcommands().isEmpty()) {
      for (CommandSpec subcommand : spec.subcommands()) {
        add(subcommand.name(), subcommand.about().summary(), lower, candidates);
      }
      return;
    }
    Matcher options = OPTION.matcher(spec.about().syntax());
    while (options.find()) {
      add(options.group(), "", lower, candidates);
    }
  }

  private static boolean startsLower(String word) {
    return !word.isEmpty() && Character.isLowerCase(word.charAt(0));
  }

  private static void add(String name, String summary, boolean lower, List<Candidate> candidates) {
    String value = lower ? name.toLowerCase(Locale.ROOT) : name.toUpperCase(Locale.ROOT);
    candidates.add(
        new Candidate(value, value, null, summary.isEmpty() ? null : summary, null, null, true));
  }
}
