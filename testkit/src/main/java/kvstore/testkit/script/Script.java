package kvstore.testkit.script;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A transcript. Its lines:
 *
 * <ul>
 *   <li>{@code # text}: a comment; blank lines mean nothing.
 *   <li>{@code > SET a 1}: a command; {@code c1> GET a}: one by the client {@code c1}, whose
 *       connection is opened when it first speaks. Words are quoted as in a shell; {@code
 *       repeat(x,100)} is 100 times {@code x}.
 *   <li>{@code >> SET a 1}: a command that is sent in one go with the next one.
 *   <li>{@code !> "PING\r\n"} or {@code c1!> …}: bytes sent as they are.
 *   <li>{@code @own}, {@code @unordered}, {@code @eventually}, {@code @silent}: how the next
 *       commands are sent and compared, see {@link Step.Mark}.
 *   <li>all else: the reply, as {@code redis-cli} would show it. {@code (integer) 5..9} is any of
 *       these; {@code /…/} a regular expression; a line of {@code ...} the rest of the reply;
 *       {@code (closed)} the end of the connection; {@code (nil array)} a null array.
 * </ul>
 */
public final class Script {

  private static final Pattern SENDING = Pattern.compile("([a-z][a-z0-9]*)?(!?)(>>?)( .*)?");

  private final String name;
  private final List<Step> steps;

  private Script(String name, List<Step> steps) {
    this.name = name;
    this.steps = List.copyOf(steps);
  }

  /** All scripts of a folder and those below, by name. */
  public static List<Script> all(Path folder) throws IOException {
    List<Script> scripts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
        String name = folder.relativize(file).toString();
        scripts.add(parse(name, Files.readAllLines(file, StandardCharsets.UTF_8)));
      }
    }
    return scripts;
  }

  public static Script parse(String name, List<String> lines) {
    Parser parser = new Parser();
    for (int i = 0; i < lines.size(); i++) {
      parser.take(i + 1, lines.get(i));
    }
    parser.finish();
    return new Script(name, parser.steps);
  }

  static boolean isSending(String line) {
    return SENDING.matcher(line).matches();
  }

  /** Whether the line's command is sent in one go with that of the next line. */
  static boolean isJoined(String line) {
    Matcher sending = SENDING.matcher(line);
    return sending.matches() && sending.group(3).equals(">>");
  }

  static boolean isReply(String line) {
    return !isSending(line) && !line.isBlank() && !line.startsWith("#") && !line.startsWith("@");
  }

  public String name() {
    return name;
  }

  List<Step> steps() {
    return steps;
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Parser {
    final List<Step> steps = new ArrayList<>();
    private final List<Step.Message> requests = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private Set<Step.Mark> marks = EnumSet.noneOf(Step.Mark.class);
    private Set<Step.Mark> nextMarks = EnumSet.noneOf(Step.Mark.class);
    private String client = "";
    private int start;
    private boolean joined;

    void take(int number, String line) {
      Matcher sending = SENDING.matcher(line);
      if (line.isBlank() || line.startsWith("#")) {
        return;
      } else if (line.startsWith("@")) {
        nextMarks.add(Step.Mark.valueOf(line.substring(1).strip().toUpperCase(Locale.ROOT)));
      } else if (sending.matches()) {
        send(number, sending);
      } else if (requests.isEmpty()) {
        throw new IllegalArgumentException(number + ": expected a command before: " + line);
      } else {
        expected.add(line);
      }
    }

    private void send(int number, Matcher sending) {
      if (!joined) {
        finish();
        start = number;
        client = sending.group(1) == null ? "" : sending.group(1);
        marks = nextMarks;
        nextMarks = EnumSet.noneOf(Step.Mark.class);
      }
      List<byte[]> words = Words.split(sending.group(4) == null ? "" : sending.group(4));
      boolean raw = !sending.group(2).isEmpty();
      requests.add(raw ? new Step.Message.Raw(words.get(0)) : new Step.Message.Command(words));
      joined = sending.group(3).equals(">>");
    }

    void finish() {
      if (!requests.isEmpty()) {
        if (expected.isEmpty() && !marks.contains(Step.Mark.SILENT)) {
          throw new IllegalArgumentException(start + ": expected a reply after the command");
        }
        steps.add(new Step(start, client, requests, marks, expected));
      }
      requests.clear();
      expected.clear();
    }
  }
}
