package kvstore.tools.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvstore.protocol.Reply;
import kvstore.tools.Credentials;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import org.jspecify.annotations.Nullable;

/** Whether the process that answers on a port is the one that is meant. */
final class Readiness {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Pattern PROCESS_ID = Pattern.compile("(?m)^process_id:(\\d+)\\s*$");
  private static final long UNTOLD = -1;
  private static final long NOBODY = -2;

  private Readiness() {}

  /** Whether our child is alive and answers; a stranger on its port does not count. */
  static boolean answers(LocalNode child, @Nullable Credentials credentials) {
    long answering = processAt(child.settings().client(), credentials);
    return child.isAlive() && (answering == child.pid() || answering == UNTOLD);
  }

  /** Whether a live node holds the directory's lock and answers at its address. */
  static boolean isRunningOn(NodeSettings node, @Nullable Credentials credentials) {
    Path lock = node.directory().resolve("LOCK");
    try {
      if (!Files.isReadable(lock) || Files.size(lock) > 100) {
        return false;
      }
      String owner = Files.readString(lock, StandardCharsets.US_ASCII).strip();
      return !owner.isEmpty() && owner.equals(Long.toString(processAt(node.client(), credentials)));
    } catch (IOException e) {
      return false;
    }
  }

  private static long processAt(Endpoint endpoint, @Nullable Credentials credentials) {
    try (RespConnection connection = RespConnection.open(endpoint, credentials, TIMEOUT, TIMEOUT)) {
      String text = text(connection.call("INFO", "server"));
      Matcher matcher = PROCESS_ID.matcher(text);
      return matcher.find() ? Long.parseLong(matcher.group(1)) : UNTOLD;
    } catch (IOException e) {
      return NOBODY;
    }
  }

  private static String text(Reply reply) {
    if (reply instanceof Reply.Verbatim verbatim) {
      return verbatim.text();
    }
    return reply instanceof Reply.Bulk bulk ? new String(bulk.value(), StandardCharsets.UTF_8) : "";
  }
}
