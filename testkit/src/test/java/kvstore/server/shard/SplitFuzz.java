package kvstore.server.shard;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import kvstore.engine.command.MalformedEntryException;
import kvstore.replication.NodeId;
import kvstore.testkit.fuzz.FuzzTarget;

/** The entry that splits a shard, docs/formats/log-entry.md. */
public final class SplitFuzz implements FuzzTarget {

  @Override
  public String name() {
    return "split";
  }

  @Override
  public List<byte[]> seeds() {
    SplitOrder order =
        new SplitOrder(7, 8_192, Set.of(new NodeId("n1"), new NodeId("n2")), Set.of());
    return List.of(order.encode(12).array());
  }

  @Override
  public void read(byte[] input) {
    ByteBuffer entry = ByteBuffer.wrap(input);
    if (!SplitOrder.isIn(entry)) {
      return;
    }
    SplitOrder.Stamped read;
    try {
      read = SplitOrder.decode(entry);
    } catch (MalformedEntryException malformed) {
      return;
    }
    SplitOrder.Stamped again = SplitOrder.decode(read.order().encode(read.leaderTimeMs()));
    if (!again.equals(read)) {
      throw new AssertionError("a split is not read as it was written");
    }
  }
}
