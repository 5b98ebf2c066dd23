package kvstore.testkit.simulation;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/** Gets the snapshot that the leader offers, piece by piece; a new offer begins anew. */
final class SnapshotFetch {

  private static final long PATIENCE = 200 * Rates.MILLI;

  private static final class Fetching {
    final NodeId source;
    final Message.Offer offer;
    final int length;
    byte[] had = new byte[0];
    long askedAt;

    Fetching(NodeId source, Message.Offer offer) {
      this.source = source;
      this.offer = offer;
      this.length = offer.lengths().values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  private final World world;
  private final Journal journal;
  private final BiConsumer<NodeId, Message> wire;
  private final Consumer<Journal.Snapshot> whole;
  private @Nullable Fetching fetching;

  /**
   * @param whole given each snapshot that has come to its end
   */
  SnapshotFetch(
      World world,
      Journal journal,
      BiConsumer<NodeId, Message> wire,
      Consumer<Journal.Snapshot> whole) {
    this.world = world;
    this.journal = journal;
    this.wire = wire;
    this.whole = whole;
  }

  void stop() {
    fetching = null;
  }

  void offered(NodeId source, Message.Offer offer) {
    Fetching now = fetching;
    boolean known = now != null && now.source.equals(source) && now.offer.index() == offer.index();
    if (now == null || !known) {
      now = new Fetching(source, offer);
      fetching = now;
    } else if (world.now() - now.askedAt < PATIENCE) {
      return;
    }
    askForMore(now);
  }

  private void askForMore(Fetching mine) {
    mine.askedAt = world.now();
    wire.accept(
        mine.source, new Message.Fetch(journal.term(), mine.offer.index(), mine.had.length));
  }

  /** The piece of a snapshot that was asked for. */
  static Message.Chunk chunk(Journal.Snapshot snapshot, Message.Fetch fetch, long term, int most) {
    byte[] all = snapshot.bytes();
    int from = Math.min(fetch.offset(), all.length);
    int length = Math.min(most, all.length - from);
    byte[] bytes = new byte[length];
    System.arraycopy(all, from, bytes, 0, length);
    return new Message.Chunk(term, fetch.index(), from, bytes);
  }

  void got(NodeId from, Message.Chunk chunk) {
    Fetching mine = fetching;
    if (mine == null
        || !mine.source.equals(from)
        || mine.offer.index() != chunk.index()
        || mine.had.length != chunk.offset()) {
      return;
    }
    byte[] grown = new byte[mine.had.length + chunk.bytes().length];
    System.arraycopy(mine.had, 0, grown, 0, mine.had.length);
    System.arraycopy(chunk.bytes(), 0, grown, mine.had.length, chunk.bytes().length);
    mine.had = grown;
    if (grown.length < mine.length) {
      askForMore(mine);
      return;
    }
    fetching = null;
    Message.Offer offer = mine.offer;
    whole.accept(
        new Journal.Snapshot(
            offer.index(),
            offer.indexTerm(),
            offer.members(),
            Folders.cut(grown, offer.lengths())));
  }
}
