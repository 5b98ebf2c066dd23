package kvstore.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import kvstore.replication.NodeId;

/**
 * How the text of an option becomes a value.
 *
 * @param placeholder stands for the value in the help; empty for a switch
 * @param expected completes "expected …" in an error line
 * @param parser throws {@link IllegalArgumentException} for a text that is not such a value
 */
public record OptionType<T>(String placeholder, String expected, Function<String, T> parser) {

  static final OptionType<Boolean> SWITCH =
      new OptionType<>("", "true or false", OptionType::parseBoolean);

  static final OptionType<Integer> PORT =
      new OptionType<>(
          "PORT", "a port number from 0 (any free port) to 65535", text -> intIn(text, 0, 65535));

  static final OptionType<Path> PATH =
      new OptionType<>("PATH", "a path", text -> Path.of(nonBlank(text)));

  static final OptionType<String> HOST =
      new OptionType<>("HOST", "a host name or an IP address", HostPort::checkHost);

  static final OptionType<NodeId> NODE_ID =
      new OptionType<>("ID", "a node id of 1 to 64 letters, digits, '.', '_' or '-'", NodeId::new);

  static final OptionType<List<ClusterMember>> MEMBERS =
      new OptionType<>(
          "LIST",
          "id=host:port or id=host:port@peerport, separated by commas, each id and address once",
          ClusterMember::parseList);

  static final OptionType<List<PeerAddress>> ADDRESSES =
      new OptionType<>(
          "LIST", "host:port or host:port@peerport, separated by commas", PeerAddress::parseList);

  static final OptionType<String> WORD =
      new OptionType<>(
          "WORD", "1 to 64 letters, digits, '.', '_' or '-'", text -> new NodeId(text).value());

  static final OptionType<String> SECRET =
      new OptionType<>("SECRET", "a text that is not empty", OptionType::nonBlank);

  static OptionType<Integer> count(int least, int most) {
    return new OptionType<>(
        "N", "a whole number from " + least + " to " + most, text -> intIn(text, least, most));
  }

  static OptionType<Duration> duration(Duration least, Duration most) {
    return new OptionType<>(
        "TIME",
        "a duration from "
            + Durations.format(least)
            + " to "
            + Durations.format(most)
            + ", such as 500ms, 5s or 10m",
        text -> within(Durations.parse(text), least, most));
  }

  static OptionType<DataSize> size(DataSize least, DataSize most) {
    return new OptionType<>(
        "SIZE",
        "a size from " + least + " to " + most + ", such as 512KiB, 64MiB or 2GiB",
        text -> within(DataSize.parse(text), least, most));
  }

  static <E extends Enum<E>> OptionType<E> choice(Class<E> type) {
    List<String> words =
        Arrays.stream(type.getEnumConstants())
            .map(word -> word.name().toLowerCase(Locale.ROOT))
            .toList();
    return new OptionType<>(
        String.join("|", words),
        "one of " + String.join(", ", words),
        text -> {
          int index = words.indexOf(text.strip().toLowerCase(Locale.ROOT));
          if (index < 0) {
            throw new IllegalArgumentException(text);
          }
          return type.getEnumConstants()[index];
        });
  }

  private static Boolean parseBoolean(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static String nonBlank(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("blank");
    }
    return text;
  }

  private static <T extends Comparable<T>> T within(T value, T least, T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException("out of range");
    }
    return value;
  }

  static int intIn(String text, int least, int most) {
    return within(Integer.valueOf(text.strip()), least, most);
  }
}
