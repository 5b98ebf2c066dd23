package kvstore.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row of the command table.
 *
 * @param name in lower case; of a subcommand, without its container
 * @param arity number of arguments with the name (and container) counted; negative: at least so
 *     many
 * @param scope who carries it out
 * @param keys where the keys stand
 * @param splitting how it may be split over shards
 * @param categories ACL categories, with {@code @}
 * @param subcommands of a container, else empty
 * @param about for help and {@code COMMAND DOCS}
 */
public record CommandSpec(
    String name,
    int arity,
    Set<Flag> flags,
    Scope scope,
    KeyPositions keys,
    Splitting splitting,
    List<String> categories,
    List<CommandSpec> subcommands,
    About about) {

  /** Who carries a command out. */
  public enum Scope {
    /** The connection, from its own state. */
    CONNECTION,
    /** The node that received it. */
    NODE,
    /** The shard that holds its keys. */
    KEYS,
    /** Every shard. */
    KEYSPACE
  }

  /** How a command over keys of several shards is put together from one part per shard. */
  public enum Splitting {
    NONE,
    MGET,
    MSET,
    SUM
  }

  /**
   * Where keys stand, as in {@code COMMAND INFO}.
   *
   * @param first position of the first key; 0 for none
   * @param last position of the last key; negative counts from the end
   * @param step distance between keys
   */
  public record KeyPositions(int first, int last, int step) {
    public static final KeyPositions NONE = new KeyPositions(0, 0, 0);
  }

  /**
   * @param summary one sentence
   * @param syntax arguments, without the name
   * @param group as Redis groups its documentation
   * @param since version of Redis, or of kvstore for own commands
   * @param complexity cost
   */
  public record About(
      String summary, String syntax, String group, String since, String complexity) {}

  public CommandSpec {
    flags = Set.copyOf(flags);
    categories = List.copyOf(categories);
    subcommands = List.copyOf(subcommands);
  }

  public boolean has(Flag flag) {
    return flags.contains(flag);
  }

  public boolean writes() {
    return flags.contains(Flag.WRITE);
  }

  /** Whether {@code count} arguments, the name included, are a right number of them. */
  public boolean accepts(int count) {
    return arity >= 0 ? count == arity : count >= -arity;
  }

  /** The keys among the arguments; empty if there are none or too few arguments. */
  public List<byte[]> keys(byte[][] arguments) {
    List<byte[]> found = new ArrayList<>();
    for (int position : keyIndexes(arguments.length)) {
      found.add(arguments[position]);
    }
    return found;
  }

  private List<Integer> keyIndexes(int count) {
    if (keys.first() == 0) {
      return List.of();
    }
    int last = keys.last() >= 0 ? keys.last() : count + keys.last();
    List<Integer> indexes = new ArrayList<>();
    for (int i = keys.first(); i <= last && i < count; i += keys.step()) {
      indexes.add(i);
    }
    return indexes;
  }

  /** The subcommand of a container, by any spelling of its case. */
  public @Nullable CommandSpec subcommand(byte[] subcommandName) {
    for (CommandSpec subcommand : subcommands) {
      if (CommandTable.sameName(subcommand.name, subcommandName)) {
        return subcommand;
      }
    }
    return null;
  }
}
