package kvstore.server.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who may talk to the node.
 *
 * @param password of clients; empty when none is asked for
 * @param clusterSecret of nodes
 * @param insecure whether listening beyond this machine without them is allowed
 */
public record SecurityOptions(
    Optional<Secret> password, Optional<Secret> clusterSecret, boolean insecure) {

  static SecurityOptions from(OptionValues values) {
    return new SecurityOptions(
        secret(values, OptionTable.REQUIREPASS, OptionTable.REQUIREPASS_FILE),
        secret(values, OptionTable.CLUSTER_SECRET, OptionTable.CLUSTER_SECRET_FILE),
        values.get(OptionTable.INSECURE));
  }

  private static Optional<Secret> secret(
      OptionValues values, Option<String> direct, Option<Path> byFile) {
    Optional<String> text = values.find(direct);
    Optional<Path> file = values.find(byFile);
    if (text.isPresent() && file.isPresent()) {
      throw new ConfigException(
          "option " + byFile.name() + ": expected it or " + direct.name() + ", but got both");
    }
    return text.or(() -> file.map(path -> firstLine(byFile, path))).map(Secret::of);
  }

  private static String firstLine(Option<Path> option, Path file) {
    try {
      List<String> lines = Files.readAllLines(file);
      if (!lines.isEmpty() && !lines.get(0).isBlank()) {
        return lines.get(0).strip();
      }
    } catch (IOException | UncheckedIOException e) {
      throw new ConfigException(
          "option " + option.name() + ": expected a readable text file, but got '" + file + "'");
    }
    throw new ConfigException(
        "option "
            + option.name()
            + ": expected a secret in the first line of '"
            + file
            + "', but it is blank");
  }
}
