package kvstore.tools.shell;

import picocli.CommandLine.Option;

/** How replies are printed. */
public final class OutputOptions {

  @Option(names = "--raw", description = "Print replies as they are, for other programs.")
  private boolean raw;

  @Option(names = "--json", description = "Print each reply as one line of JSON.")
  private boolean json;

  ReplyFormat format(boolean terminal) {
    if (json) {
      return new JsonFormat();
    }
    return raw ? new RawFormat() : new HumanFormat(terminal);
  }
}
