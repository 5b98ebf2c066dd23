package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;

/** Commands between MULTI and EXEC. */
final class Transaction {

  /** A command that waits for EXEC. */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  record Queued(CommandEntry entry, byte[][] arguments) {}

  private final List<Queued> commands = new ArrayList<>();
  private long bytes;
  private boolean failed;

  void add(CommandEntry entry, byte[][] arguments, long size) {
    commands.add(new Queued(entry, arguments));
    bytes += size;
  }

  /** A command was refused: EXEC will refuse all. */
  void fail() {
    failed = true;
    commands.clear();
    bytes = 0;
  }

  boolean isFailed() {
    return failed;
  }

  List<Queued> commands() {
    return commands;
  }

  /** What waits here, in bytes of arguments. */
  long bytes() {
    return bytes;
  }
}
