package kvstore.engine.keyspace;

import java.util.Arrays;
import java.util.List;
import kvstore.engine.command.Value;
import kvstore.engine.storage.StorageException;
import kvstore.testkit.fuzz.FuzzTarget;

/** Values as stored, docs/formats/keyspace.md. */
public final class RecordFuzz implements FuzzTarget {

  @Override
  public String name() {
    return "record";
  }

  @Override
  public List<byte[]> seeds() {
    byte[] data = {1, 2, 3};
    return List.of(
        RecordCodec.encode(new Value(Value.STRING, Value.NEVER, 7, data, 0)),
        RecordCodec.encode(new Value(Value.STRING, 1_700_000_000_000L, 1L << 40, data, 1)));
  }

  @Override
  public void read(byte[] input) {
    Value value;
    try {
      value = RecordCodec.decode(input.clone());
      if (RecordCodec.expireAt(input, input.length) != value.expireAtMs()) {
        throw new AssertionError("two readers of the time of expiry disagree");
      }
    } catch (StorageException malformed) {
      return;
    }
    if (value.expires() == (input[1] == 1) && !Arrays.equals(input, RecordCodec.encode(value))) {
      throw new AssertionError("a record is not written as it was read");
    }
  }
}
