package kvstore.server.net;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kvstore.server.memory.ClientMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that clients together hold no more of a node's memory than they may. While they do,
 * nothing more is read from those that hold much; if that does not help soon, because they do not
 * go on, those that hold much for long are ended until there is room for the others. One thread.
 */
final class MemoryKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(MemoryKeeper.class);

  /** Looks in a row that find no room, after which clients are ended. */
  private static final int PATIENCE = 5;

  private record Holder(Connection connection, double burden, long bytes) {}

  private final ClientMemory memory;
  private final ClientRegistry clients;
  private int looksWithoutRoom;

  MemoryKeeper(ClientMemory memory, ClientRegistry clients) {
    this.memory = memory;
    this.clients = clients;
  }

  /** To be called every now and then. */
  void look() {
    looksWithoutRoom = memory.hadRoom() ? 0 : looksWithoutRoom + 1;
    if (looksWithoutRoom >= PATIENCE) {
      looksWithoutRoom = 0;
      endTheWorst();
    }
    for (Connection client : clients.all()) {
      client.lookAtMemory();
    }
  }

  private void endTheWorst() {
    List<Holder> holders = new ArrayList<>();
    for (Connection client : clients.all()) {
      long bytes = client.memoryHeld();
      if (bytes > 0) {
        holders.add(new Holder(client, client.burden(), bytes));
      }
    }
    holders.sort(Comparator.comparingDouble(Holder::burden).reversed());
    long excess = memory.excess();
    int ended = 0;
    for (Holder holder : holders) {
      if (excess <= 0) {
        break;
      }
      excess -= holder.bytes();
      holder.connection().giveUp();
      ended++;
    }
    LOG.warn(
        "{} clients hold {} bytes of this node's memory, more than they may; the connections of {}"
            + " that hold much for long are ended",
        holders.size(),
        memory.bytes(),
        ended);
  }
}
