package kvstore.server.net;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import org.jspecify.annotations.Nullable;

/** The command table, each row with what runs it; immutable. */
final class CommandIndex {

  private final CommandTable table;
  private final Map<CommandSpec, CommandEntry> entries = new IdentityHashMap<>();

  CommandIndex(CommandTable table, Map<String, SessionCommand> session) {
    this.table = table;
    int index = 0;
    for (CommandSpec spec : table.all()) {
      entries.put(spec, new CommandEntry(spec, index++, session.get(spec.name())));
    }
  }

  /** Names in the order of the entries' indexes. */
  static List<String> names(CommandTable table) {
    List<String> names = new ArrayList<>();
    for (CommandSpec spec : table.all()) {
      names.add(spec.name());
    }
    return names;
  }

  CommandTable table() {
    return table;
  }

  /** The row of a name in any case, or null if there is no such command. */
  @Nullable CommandEntry find(byte[] name) {
    CommandSpec spec = table.lookup(name);
    return spec == null ? null : entries.get(spec);
  }
}
