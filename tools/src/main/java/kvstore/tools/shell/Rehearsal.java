package kvstore.tools.shell;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.DumbTerminal;

/** Goes through what a user does, so that the classes it takes are known. */
public final class Rehearsal {

  private static final String LINES =
      """
      help
      help client
      PUT rehearsal "a\\x00b"
      GET rehearsal
      STRLEN rehearsal
      INFO server
      COMMAND INFO get
      CONFIG GET port
      SCAN 0
      NOSUCH
      REMOVE rehearsal
      GET rehearsal
      quit
      """;

  private Rehearsal() {}

  /** Plays scripts and prompts against the server. */
  public static void play(Connector connector) throws IOException {
    byte[] lines = LINES.getBytes(StandardCharsets.UTF_8);
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (ReplyFormat format :
        List.of(new HumanFormat(true), new HumanFormat(false), new RawFormat(), new JsonFormat())) {
      try (Client client = new Client(connector)) {
        new Script(client, format, nowhere, nowhere).run(new ByteArrayInputStream(lines));
      }
    }
    try (Client client = new Client(connector);
        Terminal typed = new DumbTerminal(new ByteArrayInputStream(lines), nowhere)) {
      new Prompt(client, new HumanFormat(true), "kv", typed).run(Optional.empty());
    }
    // the same providers of terminals are asked, even if standard input is none
    try (Client client = new Client(connector);
        Terminal system = TerminalBuilder.builder().system(true).dumb(true).build()) {
      new Prompt(client, new HumanFormat(true), "kv", system).run(Optional.empty());
    }
  }
}
