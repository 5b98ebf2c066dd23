package kvstore.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionHelpTest {

  /** Run with -Dkvstore.update=true to write the page anew. */
  @Test
  void thePageOfOptionsEqualsTheTable() throws IOException {
    Path page = Path.of("../docs/configuration.md");
    if (Boolean.getBoolean("kvstore.update")) {
      Files.writeString(page, OptionHelp.markdown());
    }
    assertThat(page).hasContent(OptionHelp.markdown());
  }

  @Test
  void theHelpNamesEveryOptionAndFitsATerminal() {
    String help = OptionHelp.text();
    for (Option<?> option : OptionTable.all()) {
      assertThat(help)
          .contains(option.isSecret() ? option.environmentName() : "--" + option.name());
    }
    assertThat(help.lines()).allMatch(line -> line.length() <= 79);
  }
}
