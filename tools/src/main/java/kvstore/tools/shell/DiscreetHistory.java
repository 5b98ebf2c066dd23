package kvstore.tools.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jline.reader.LineReader;
import org.jline.reader.impl.history.DefaultHistory;

/** History that keeps no passwords, in a file that only its owner reads. */
final class DiscreetHistory extends DefaultHistory {

  private static final Pattern SECRET =
      Pattern.compile(
          "^\\s*(auth\\b|hello\\b.*\\bauth\\b|acl\\s+setuser\\b"
              + "|config\\s+set\\b.*(pass|secret)).*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  static boolean isSecret(String line) {
    return SECRET.matcher(line).matches();
  }

  @Override
  public void attach(LineReader reader) {
    if (reader.getVariable(LineReader.HISTORY_FILE) instanceof Path file) {
      try {
        if (!Files.exists(file)) {
          Files.createFile(
              file,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
      } catch (IOException | UnsupportedOperationException e) {
        // a home that can not be written to costs the history, not the prompt
      }
    }
    super.attach(reader);
  }

  @Override
  public void add(Instant time, String line) {
    if (!isSecret(line)) {
      super.add(time, line);
    }
  }
}
