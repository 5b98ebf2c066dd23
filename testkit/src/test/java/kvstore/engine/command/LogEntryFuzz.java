package kvstore.engine.command;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import kvstore.testkit.fuzz.FuzzTarget;

/** Entries of a shard's log, docs/formats/log-entry.md. */
public final class LogEntryFuzz implements FuzzTarget {

  @Override
  public String name() {
    return "log-entry";
  }

  @Override
  public List<byte[]> seeds() {
    BatchWriter writer = new BatchWriter();
    byte[] empty = bytes(writer.finish(1));
    writer.reset();
    for (int id = 0; id < 200; id++) {
      Operation operation = Operation.byId(id);
      if (operation != null) {
        writer.add(new Command(operation, new byte[][] {{'a'}, {}, {1, 2, 3}}));
      }
    }
    byte[] all = bytes(writer.finish(1_700_000_000_000L));
    writer.reset();
    writer.add(new Command(Operation.INCR, new byte[][] {{'a'}}).identified(7));
    return List.of(empty, all, bytes(writer.finish(1)));
  }

  @Override
  public void read(byte[] input) {
    BatchWriter writer = new BatchWriter();
    BatchReader reader;
    try {
      reader = new BatchReader(ByteBuffer.wrap(input));
      for (Command next = reader.next(); next != null; next = reader.next()) {
        writer.add(next);
      }
    } catch (MalformedEntryException malformed) {
      return;
    }
    byte[] again = bytes(writer.finish(reader.leaderTimeMs()));
    if (!Arrays.equals(input, again)) {
      throw new AssertionError("an entry is not written as it was read");
    }
  }

  private static byte[] bytes(ByteBuffer entry) {
    byte[] bytes = new byte[entry.remaining()];
    entry.get(bytes);
    return bytes;
  }
}
