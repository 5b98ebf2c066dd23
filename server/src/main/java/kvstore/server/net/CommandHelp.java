package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.Reply;

/** HELP of a command with subcommands, from the command table. */
final class CommandHelp {

  private CommandHelp() {}

  static Reply of(CommandSpec container) {
    List<Reply> lines = new ArrayList<>();
    lines.add(
        new Reply.Simple(
            container.name().toUpperCase(Locale.ROOT)
                + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for (CommandSpec subcommand : container.subcommands()) {
      String name = subcommand.name().toUpperCase(Locale.ROOT);
      lines.add(new Reply.Simple((name + " " + subcommand.about().syntax()).strip()));
      lines.add(new Reply.Simple("    " + subcommand.about().summary()));
    }
    return new Reply.Array(lines);
  }
}
