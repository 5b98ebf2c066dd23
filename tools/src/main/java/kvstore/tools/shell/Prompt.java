package kvstore.tools.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import kvstore.protocol.InlineWords;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.Reply;
import kvstore.tools.ExitCode;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.utils.InfoCmp;
import org.jspecify.annotations.Nullable;

/** The prompt on a terminal: lines with history and completion, replies for people. */
public final class Prompt implements Announcer {

  private static final int HISTORY_LINES = 5_000;

  private final Client client;
  private final ReplyFormat format;
  private final String name;
  private final Terminal terminal;
  private final AtomicReference<@Nullable LineReader> reading = new AtomicReference<>();

  Prompt(Client client, ReplyFormat format, String name, Terminal terminal) {
    this.client = client;
    this.format = format;
    this.name = name;
    this.terminal = terminal;
  }

  /** Reads and answers until {@code quit}, Ctrl-D, or Ctrl-C on an empty line; the exit code. */
  int run(Optional<Path> historyFile) {
    LineReader reader = reader(historyFile);
    reading.set(reader);
    try {
      while (true) {
        String line;
        try {
          line = reader.readLine(name + (client.inTransaction() ? "(multi)> " : "> "));
        } catch (UserInterruptException e) {
          if (e.getPartialLine().isBlank()) {
            return ExitCode.OK;
          }
          continue;
        } catch (EndOfFileException e) {
          return ExitCode.OK;
        }
        if (!answer(line)) {
          return ExitCode.OK;
        }
      }
    } finally {
      reading.set(null);
    }
  }

  private LineReader reader(Optional<Path> historyFile) {
    DefaultParser parser = new DefaultParser();
    parser.setEscapeChars(null); // quoting is ours: InlineWords
    parser.setQuoteChars(new char[0]);
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("kv_store")
            .parser(parser)
            .completer(new CommandCompleter())
            .history(new DiscreetHistory())
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.CASE_INSENSITIVE, true)
            .option(LineReader.Option.BRACKETED_PASTE, true)
            .variable(LineReader.HISTORY_SIZE, HISTORY_LINES)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES);
    historyFile.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    return builder.build();
  }

  /** False to leave. */
  private boolean answer(String line) {
    byte[][] words;
    try {
      words = InlineWords.split(line.getBytes(StandardCharsets.UTF_8));
    } catch (ProtocolException e) {
      show(format.text(new Reply.Failure("ERR " + e.getMessage())));
      return true;
    }
    if (words.length == 0) {
      return true;
    }
    LocalWord local = LocalWord.of(words);
    if (local == null) {
      show(ask(words));
      return true;
    }
    switch (local) {
      case HELP -> show(LocalWord.help(words));
      case CLEAR -> terminal.puts(InfoCmp.Capability.clear_screen);
      case QUIT -> {
        return false;
      }
    }
    return true;
  }

  private String ask(byte[][] words) {
    try {
      return format.text(client.call(words));
    } catch (Client.NoAnswerException e) {
      return format.text(
          new Reply.Failure(
              "UNKNOWN connection lost before the reply came; the command may have been applied: "
                  + e.getMessage()));
    } catch (IOException e) {
      return format.text(new Reply.Failure(String.valueOf(e.getMessage())));
    }
  }

  private void show(String text) {
    terminal.writer().println(text);
    terminal.flush();
  }

  /** Shows a message above the prompt; any thread. */
  @Override
  public void announce(String message) {
    LineReader reader = reading.get();
    if (reader == null) {
      show(message);
    } else {
      reader.printAbove(message);
    }
  }

  /** Where history is kept; empty if it is not wanted. */
  static Optional<Path> historyFile(Map<String, String> environment) {
    String chosen = environment.get("KV_HISTORY_FILE");
    if (chosen != null) {
      return chosen.isEmpty() ? Optional.empty() : Optional.of(Path.of(chosen));
    }
    return Optional.of(Path.of(System.getProperty("user.home"), ".kv_store_history"));
  }
}
