package kvstore.engine.keyspace;

import java.nio.charset.StandardCharsets;
import kvstore.engine.command.Value;
import kvstore.engine.storage.StorageException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A key and a value as they are stored. */
@State(Scope.Thread)
public class KeyBenchmark {

  private final byte[] key = "key:000000071993".getBytes(StandardCharsets.US_ASCII);
  private final byte[] stored =
      RecordCodec.encode(new Value(Value.STRING, Value.NEVER, 7, new byte[128], 0));

  @Benchmark
  public byte[] encodeKey() {
    return StorageKeys.record(12_182, key);
  }

  @Benchmark
  public Value decodeValue() throws StorageException {
    return RecordCodec.decode(stored);
  }
}
