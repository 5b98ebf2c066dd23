package kvstore.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.Test;

class CommandCompleterTest {

  @Test
  void firstWordIsACommandInTheCaseThatWasBegun() {
    assertThat(complete(0, "GE")).contains("GET", "GETRANGE", "HELP");
    assertThat(complete(0, "ge")).contains("get").doesNotContain("GET");
  }

  @Test
  void containersHaveSubcommandsAndOthersOptions() {
    assertThat(complete(1, "client", "set")).contains("setname");
    assertThat(complete(3, "SET", "k", "v", "")).contains("NX", "KEEPTTL", "EX");
    assertThat(complete(1, "nosuch", "")).isEmpty();
    assertThat(complete(1, "help", "")).contains("GET");
  }

  @Test
  void helpComesOutOfTheTable() {
    assertThat(CommandHelp.of(List.of("setex"))).startsWith("SETEX key seconds value\n");
    assertThat(CommandHelp.of(List.of("client", "id"))).startsWith("CLIENT ID\n");
    assertThat(CommandHelp.of(List.of("nosuch"))).contains("no command 'nosuch'");
    assertThat(CommandHelp.of(List.of())).contains("PUT key value").contains("GETRANGE");
  }

  @Test
  void historyKeepsNoPasswords() {
    assertThat(DiscreetHistory.isSecret(" auth hunter2")).isTrue();
    assertThat(DiscreetHistory.isSecret("HELLO 3 AUTH default hunter2")).isTrue();
    assertThat(DiscreetHistory.isSecret("CONFIG SET requirepass hunter2")).isTrue();
    assertThat(DiscreetHistory.isSecret("GET author")).isFalse();
  }

  private static List<String> complete(int at, String... words) {
    List<Candidate> candidates = new ArrayList<>();
    new CommandCompleter().complete(List.of(words), at, candidates);
    return candidates.stream().map(Candidate::value).toList();
  }
}
