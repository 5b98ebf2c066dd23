package kvstore.tools.shell;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;
import kvstore.protocol.Reply;
import kvstore.tools.ExitCode;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * One run of the shell: a prompt if it stands on a terminal, else a script off standard input, or a
 * single command.
 */
public final class Shell {

  private final Connector connector;
  private final String promptName;
  private final OutputOptions output;

  /**
   * @param promptName what the prompt says before {@code > }
   */
  public Shell(Connector connector, String promptName, OutputOptions output) {
    this.connector = connector;
    this.promptName = promptName;
    this.output = output;
  }

  /**
   * Prompt or script, by what standard input and output are.
   *
   * @param greeting shown above the first prompt; empty for none
   * @param onPrompt is given the prompt before it shows, so that it can be told of events
   */
  public int run(String greeting, Consumer<Announcer> onPrompt) {
    try (Client client = new Client(connector)) {
      return Standard.inputIsTerminal() && Standard.outputIsTerminal()
          ? prompt(client, greeting, onPrompt)
          : script(client);
    } catch (IOException e) {
      return unreachable(e);
    }
  }

  private int prompt(Client client, String greeting, Consumer<Announcer> onPrompt)
      throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().name("kv_store").system(true).build()) {
      Prompt prompt = new Prompt(client, output.format(true), promptName, terminal);
      onPrompt.accept(prompt);
      if (!greeting.isEmpty()) {
        prompt.announce(greeting);
      }
      return prompt.run(Prompt.historyFile(System.getenv()));
    }
  }

  private int script(Client client) throws IOException {
    try (OutputStream out = standardOutput()) {
      ReplyFormat format = output.format(Standard.outputIsTerminal());
      return new Script(client, format, out, System.err).run(System.in);
    }
  }

  /** Runs one command; its exit code tells whether the reply was an error. */
  public int once(byte[][] words) {
    try (Client client = new Client(connector);
        OutputStream out = standardOutput()) {
      if (LocalWord.of(words) == LocalWord.HELP) {
        System.out.println(LocalWord.help(words));
        return ExitCode.OK;
      }
      Reply reply = client.call(words);
      out.write(output.format(Standard.outputIsTerminal()).format(reply));
      out.write('\n');
      return reply instanceof Reply.Failure ? ExitCode.ERROR_REPLY : ExitCode.OK;
    } catch (IOException e) {
      return unreachable(e);
    }
  }

  private static int unreachable(IOException e) {
    System.err.println("kv_store: " + e.getMessage());
    return ExitCode.UNREACHABLE;
  }

  private static OutputStream standardOutput() {
    return new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10);
  }
}
