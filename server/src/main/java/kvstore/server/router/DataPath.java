package kvstore.server.router;

import java.util.List;
import kvstore.protocol.Request;
import kvstore.server.memory.ClientMemory;

/**
 * The way from a connection to the keys. Every call ends in exactly one answer, within the
 * configured request deadline; calls may come from any thread and never block.
 */
public interface DataPath {

  ClientMemory UNBOUNDED = ClientMemory.unbounded();

  void submit(RoutedCommand command, ReplyHandler handler);

  /**
   * Runs the commands as one, all or nothing, unless a watched key's version has changed: then
   * {@link kvstore.protocol.Reply#NIL_ARRAY}.
   *
   * @param commands data commands only, at least one
   */
  void submitTransaction(
      List<Watch> watched, List<Request> commands, boolean ordered, ReplyHandler handler);

  /** Counts the keys of a slot, 0 to 16383, wherever they are. */
  void countKeys(int slot, boolean ordered, ReplyHandler handler);

  /** Lists keys of a slot, {@code most} of them if there are so many. */
  void listKeys(int slot, long most, boolean ordered, ReplyHandler handler);

  void watch(List<byte[]> keys, boolean ordered, WatchHandler handler);

  /** Where to count what clients make the node hold; always the same. */
  default ClientMemory memory() {
    return UNBOUNDED;
  }
}
