package kvstore.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one table of commands: it drives routing, {@code COMMAND}, the shell's help and completion,
 * and the documentation. Immutable; any thread.
 */
public final class CommandTable {

  private static final CommandTable STANDARD = build();

  private final List<CommandSpec> specs;

  /** Open addressing over names, so that a lookup makes no string of the bytes on the wire. */
  private final @Nullable CommandSpec[] buckets;

  private CommandTable(List<CommandSpec> specs) {
    this.specs = List.copyOf(specs);
    this.buckets = new CommandSpec[Integer.highestOneBit(specs.size()) * 8];
    for (CommandSpec spec : specs) {
      byte[] name = spec.name().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      int at = hash(name) & (buckets.length - 1);
      while (buckets[at] != null) {
        at = at + 1 & (buckets.length - 1);
      }
      buckets[at] = spec;
    }
  }

  public static CommandTable standard() {
    return STANDARD;
  }

  /** All commands, grouped. */
  public List<CommandSpec> all() {
    return specs;
  }

  /** The command of that name, in any spelling of its case; null if there is none. */
  public @Nullable CommandSpec lookup(byte[] name) {
    int at = hash(name) & (buckets.length - 1);
    while (true) {
      CommandSpec spec = buckets[at];
      if (spec == null || sameName(spec.name(), name)) {
        return spec;
      }
      at = at + 1 & (buckets.length - 1);
    }
  }

  static boolean sameName(String lowerCase, byte[] name) {
    if (lowerCase.length() != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (lowerCase.charAt(i) != lower(name[i])) {
        return false;
      }
    }
    return true;
  }

  private static int hash(byte[] name) {
    int hash = 17;
    for (byte value : name) {
      hash = hash * 31 + lower(value);
    }
    return hash ^ hash >>> 15;
  }

  private static int lower(byte value) {
    return value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
  }

  private static CommandTable build() {
    List<CommandSpec> specs = new ArrayList<>();
    specs.addAll(StringRows.list());
    specs.addAll(BitRows.list());
    specs.addAll(KeyRows.list());
    specs.addAll(ConnectionRows.list());
    specs.addAll(ServerRows.list());
    return new CommandTable(specs);
  }
}
