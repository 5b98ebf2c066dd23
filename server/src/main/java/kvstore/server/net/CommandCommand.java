package kvstore.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static kvstore.server.net.Arguments.is;
import static kvstore.server.net.Arguments.lower;
import static kvstore.server.net.Arguments.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.Flag;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** COMMAND: the command table as clients read it. */
final class CommandCommand implements SessionCommand.Answering {

  private final Gateway gateway;

  CommandCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public Reply answer(Session session, byte[][] arguments) {
    if (arguments.length == 1) {
      return infoOf(all().stream(), "");
    }
    return switch (lower(arguments[1])) {
      case "count" -> new Reply.Int(all().size());
      case "list" -> list(arguments);
      case "info" ->
          arguments.length == 2
              ? infoOf(all().stream(), "")
              : new Reply.Array(
                  Arrays.stream(arguments, 2, arguments.length).map(this::infoOf).toList());
      case "docs" -> docs(arguments);
      case "getkeys" -> keys(arguments, false);
      case "getkeysandflags" -> keys(arguments, true);
      default -> Failures.unknownSubcommand("command", arguments[1]);
    };
  }

  private Collection<CommandSpec> all() {
    return gateway.commands().table().all();
  }

  /**
   * @param prefix the container and a bar before the names of subcommands; clients count on it
   */
  private static Reply infoOf(Stream<CommandSpec> specs, String prefix) {
    return new Reply.Array(specs.map(spec -> describe(spec, prefix)).toList());
  }

  private Reply infoOf(byte[] name) {
    CommandSpec spec = find(name);
    return spec == null ? Reply.NIL : describe(spec, prefix(name));
  }

  private static Reply describe(CommandSpec spec, String prefix) {
    return new Reply.Array(
        List.of(
            Reply.bulk(prefix + spec.name()),
            new Reply.Int(spec.arity()),
            flags(spec),
            new Reply.Int(spec.keys().first()),
            new Reply.Int(spec.keys().last()),
            new Reply.Int(spec.keys().step()),
            new Reply.Distinct(simples(spec.categories().stream())),
            Reply.EMPTY_ARRAY,
            Reply.EMPTY_ARRAY,
            infoOf(spec.subcommands().stream(), spec.name() + "|")));
  }

  private static Reply flags(CommandSpec spec) {
    return new Reply.Distinct(simples(spec.flags().stream().sorted().map(Flag::wireName)));
  }

  private static List<Reply> simples(Stream<String> words) {
    return words.map(word -> (Reply) new Reply.Simple(word)).toList();
  }

  private Reply list(byte[][] arguments) {
    Stream<CommandSpec> specs = all().stream();
    if (arguments.length > 2) {
      if (arguments.length != 5 || !is(arguments[2], "filterby")) {
        return Failures.SYNTAX;
      }
      String value = text(arguments[4]);
      switch (lower(arguments[3])) {
        case "module" -> specs = Stream.empty();
        case "pattern" ->
            specs =
                specs.filter(
                    spec -> GlobPattern.matches(value.toLowerCase(Locale.ROOT), spec.name()));
        case "aclcat" ->
            specs =
                specs.filter(
                    spec -> spec.categories().contains("@" + value.toLowerCase(Locale.ROOT)));
        default -> {
          return Failures.SYNTAX;
        }
      }
    }
    return new Reply.Array(specs.map(spec -> Reply.bulk(spec.name())).toList());
  }

  private Reply docs(byte[][] arguments) {
    List<Reply> pairs = new ArrayList<>();
    if (arguments.length == 2) {
      all().forEach(spec -> addDocs(pairs, spec, ""));
    }
    for (int i = 2; i < arguments.length; i++) {
      CommandSpec spec = find(arguments[i]);
      if (spec != null) {
        addDocs(pairs, spec, prefix(arguments[i]));
      }
    }
    return new Reply.Pairs(pairs);
  }

  private static void addDocs(List<Reply> pairs, CommandSpec spec, String prefix) {
    List<Reply> docs = new ArrayList<>();
    addText(docs, "summary", spec.about().summary());
    addText(docs, "since", spec.about().since());
    addText(docs, "group", spec.about().group());
    addText(docs, "complexity", spec.about().complexity());
    if (!spec.subcommands().isEmpty()) {
      List<Reply> below = new ArrayList<>();
      spec.subcommands().forEach(each -> addDocs(below, each, spec.name() + "|"));
      docs.add(Reply.bulk("subcommands"));
      docs.add(new Reply.Pairs(below));
    }
    pairs.add(Reply.bulk(prefix + spec.name()));
    pairs.add(new Reply.Pairs(docs));
  }

  private static void addText(List<Reply> docs, String name, String value) {
    if (!value.isEmpty()) {
      docs.add(Reply.bulk(name));
      docs.add(Reply.bulk(value));
    }
  }

  private Reply keys(byte[][] arguments, boolean withFlags) {
    byte[][] command = Arrays.copyOfRange(arguments, 2, arguments.length);
    CommandEntry entry = gateway.commands().find(command[0]);
    if (entry == null) {
      return Failures.error("Invalid command specified");
    }
    if (!entry.spec().accepts(command.length)) {
      return Failures.error("Invalid number of arguments specified for command");
    }
    List<byte[]> found = entry.spec().keys(command);
    if (found.isEmpty()) {
      return Failures.error("The command has no key arguments");
    }
    List<Reply> keys = new ArrayList<>();
    Reply flags = new Reply.Distinct(access(entry.spec()));
    for (byte[] each : found) {
      Reply key = new Reply.Bulk(each);
      keys.add(withFlags ? new Reply.Array(List.of(key, flags)) : key);
    }
    return new Reply.Array(keys);
  }

  private static List<Reply> access(CommandSpec spec) {
    return spec.writes()
        ? List.of(new Reply.Simple("RW"), new Reply.Simple("update"))
        : List.of(new Reply.Simple("RO"), new Reply.Simple("access"));
  }

  /** What stands before the bar in {@code client|kill}, and the bar; else nothing. */
  private static String prefix(byte[] name) {
    String text = lower(name);
    return text.substring(0, text.indexOf('|') + 1);
  }

  /** The row of {@code get}, or of {@code client|kill}; null if there is none. */
  private @Nullable CommandSpec find(byte[] name) {
    String[] parts = lower(name).split("\\|", 2);
    CommandEntry entry = gateway.commands().find(parts[0].getBytes(UTF_8));
    if (entry == null || parts.length == 1) {
      return entry == null ? null : entry.spec();
    }
    return entry.spec().subcommand(parts[1].getBytes(UTF_8));
  }
}
