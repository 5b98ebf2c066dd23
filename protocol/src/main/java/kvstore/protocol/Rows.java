package kvstore.protocol;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import kvstore.protocol.CommandSpec.About;
import kvstore.protocol.CommandSpec.KeyPositions;
import kvstore.protocol.CommandSpec.Scope;
import kvstore.protocol.CommandSpec.Splitting;

/** Builds rows of the command table from a short notation. */
final class Rows {

  private final String group;
  private final List<CommandSpec> rows = new ArrayList<>();

  Rows(String group) {
    this.group = group;
  }

  List<CommandSpec> list() {
    return rows;
  }

  /** A row being written. */
  final class Row {
    private final String name;
    private final int arity;
    private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
    private final List<String> categories = new ArrayList<>();
    private Scope scope = Scope.CONNECTION;
    private KeyPositions keys = KeyPositions.NONE;
    private Splitting splitting = Splitting.NONE;
    private List<CommandSpec> subcommands = List.of();
    private String since = "1.0.0";
    private String complexity = "O(1)";

    private Row(String name, int arity, String words) {
      this.name = name;
      this.arity = arity;
      for (String word : words.split(" ")) {
        if (word.startsWith("@")) {
          categories.add(word);
        } else if (!word.isEmpty()) {
          flags.add(Flag.valueOf(word.toUpperCase(Locale.ROOT)));
        }
      }
    }

    /** Routed by the keys at these positions. */
    Row keys(int first, int last, int step) {
      this.keys = new KeyPositions(first, last, step);
      this.scope = Scope.KEYS;
      return this;
    }

    Row split(Splitting how) {
      this.splitting = how;
      return this;
    }

    Row on(Scope who) {
      this.scope = who;
      return this;
    }

    Row since(String version) {
      this.since = version;
      return this;
    }

    Row costs(String cost) {
      this.complexity = cost;
      return this;
    }

    Row of(Rows contained) {
      this.subcommands = contained.list();
      return this;
    }

    /** Ends the row. */
    void is(String syntax, String summary) {
      rows.add(
          new CommandSpec(
              name,
              arity,
              flags,
              scope,
              keys,
              splitting,
              implied(),
              subcommands,
              new About(summary, syntax, group, since, complexity)));
    }

    /** Categories in the order in which Redis lists them. */
    private List<String> implied() {
      List<String> all = new ArrayList<>();
      if (flags.contains(Flag.WRITE)) {
        all.add("@write");
      }
      if (flags.contains(Flag.READONLY)) {
        all.add("@read");
      }
      all.addAll(categories);
      if (flags.contains(Flag.ADMIN)) {
        all.add("@admin");
        all.add("@dangerous");
      }
      all.add(flags.contains(Flag.FAST) ? "@fast" : "@slow");
      return all;
    }
  }

  /**
   * Begins a row.
   *
   * @param words flags, and categories with their {@code @}, in any order
   */
  Row row(String name, int arity, String words) {
    return new Row(name, arity, words);
  }
}
