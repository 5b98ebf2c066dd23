package kvstore.tools.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.InlineWords;
import kvstore.protocol.ProtocolException;
import kvstore.protocol.Reply;
import kvstore.tools.ExitCode;

/**
 * Runs commands off a stream, one a line, and writes nothing but replies. Lines that have come
 * already travel together; nothing waits for lines that have not.
 */
final class Script {

  private static final int MAX_COMMANDS = 128;
  private static final int MAX_BYTES = 1 << 20;

  private final Client client;
  private final ReplyFormat format;
  private final OutputStream out;
  private final PrintStream errors;
  private final List<byte[][]> waiting = new ArrayList<>();
  private int waitingBytes;

  Script(Client client, ReplyFormat format, OutputStream out, PrintStream errors) {
    this.client = client;
    this.format = format;
    this.out = out;
    this.errors = errors;
  }

  /** Runs to the end of the stream or to {@code quit}; the exit code. */
  int run(InputStream in) throws IOException {
    Lines lines = new Lines(in);
    try {
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        if (!accept(line)) {
          break;
        }
        if (isFull() || !lines.hasBuffered()) {
          send();
        }
      }
      send();
      return ExitCode.OK;
    } catch (Client.NoAnswerException e) {
      for (Reply reply : e.answered()) {
        print(reply);
      }
      out.flush();
      errors.println(
          "kv_store: connection lost: "
              + e.getMessage()
              + "; commands without a reply: "
              + (waiting.size() - e.answered().size())
              + ", each may or may not have been applied");
      return ExitCode.UNREACHABLE;
    }
  }

  private boolean isFull() {
    return waiting.size() >= MAX_COMMANDS || waitingBytes >= MAX_BYTES;
  }

  /** False at {@code quit}. */
  private boolean accept(byte[] line) throws IOException {
    byte[][] words;
    try {
      words = InlineWords.split(line);
    } catch (ProtocolException e) {
      send();
      print(new Reply.Failure("ERR " + e.getMessage()));
      return true;
    }
    if (words.length == 0) {
      return true;
    }
    LocalWord local = LocalWord.of(words);
    if (local == null) {
      waiting.add(words);
      waitingBytes += line.length;
      return true;
    }
    send();
    if (local == LocalWord.HELP) {
      printLine(LocalWord.help(words).getBytes(StandardCharsets.UTF_8));
    }
    return local != LocalWord.QUIT;
  }

  private void send() throws IOException {
    if (!waiting.isEmpty()) {
      client.connect();
      for (Reply reply : client.exchange(waiting)) {
        print(reply);
      }
      waiting.clear();
      waitingBytes = 0;
    }
    out.flush();
  }

  private void print(Reply reply) throws IOException {
    printLine(format.format(reply));
  }

  private void printLine(byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }
}
