package kvstore.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import kvstore.tools.FakeNode;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PromptTest {

  @TempDir private Path folder;
  private FakeNode node;

  @BeforeEach
  void startNode() throws IOException {
    node = new FakeNode(0);
  }

  @AfterEach
  void stopNode() throws IOException {
    node.close();
  }

  @Test
  void answersLineByLineUntilQuit() throws Exception {
    String shown =
        type("PUT username john_doe\nGET username\nGET \"a\nhelp get\nquit\nGET username\n");
    assertThat(shown)
        .containsSubsequence(
            "kv> ", "OK", "john_doe", "(error) ERR unbalanced quotes", "GET key\n  Returns");
    assertThat(node.requests()).filteredOn(request -> request.startsWith("GET")).hasSize(1);
  }

  @Test
  void tellsThatCommandsAreBeingQueued() throws Exception {
    assertThat(type("MULTI\nEXEC\n")).containsSubsequence("kv> ", "kv(multi)> ", "kv> ");
  }

  @Test
  void historyIsKeptForItsOwnerAloneAndWithoutPasswords() throws Exception {
    Path file = folder.resolve("history");
    type("GET a\nAUTH hunter2\n", file);
    assertThat(Files.readString(file)).contains("GET a").doesNotContain("hunter2");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aNodeThatIsAwayIsSaidAndThePromptGoesOn() throws Exception {
    node.close();
    assertThat(type("GET a\nGET b\n"))
        .containsSubsequence("(error) no server answers", "(error) no server answers");
  }

  private String type(String lines) throws IOException {
    return type(lines, null);
  }

  private String type(String lines, Path history) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] typed = lines.getBytes(StandardCharsets.UTF_8);
    try (Client client = new Client(ShellCommand.to(node.endpoint(), null));
        Terminal terminal = new DumbTerminal(new ByteArrayInputStream(typed), out)) {
      new Prompt(client, new HumanFormat(true), "kv", terminal).run(Optional.ofNullable(history));
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
