package kvstore.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Requests read and replies written, and what a request is asked first, sixteen at a time as a
 * pipeline brings them.
 */
@State(Scope.Thread)
public class CodecBenchmark {

  private static final int MANY = 16;

  private final byte[] value = new byte[128];
  private final Reply bulk = new Reply.Bulk(value);
  private final ByteBuf sets = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10);
  private final ByteBuf gets = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10);
  private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10);
  private final RespDecoder decoder = new RespDecoder(ProtocolLimits.DEFAULT);
  private final byte[][] names = new byte[MANY][];
  private final byte[][] keys = new byte[MANY][];

  @Setup
  public void fill() {
    new SplittableRandom(1).nextBytes(value);
    for (int i = 0; i < MANY; i++) {
      byte[] key = ascii(String.format("key:%012d", i * 7919));
      names[i] = ascii(i % 2 == 0 ? "SET" : "get");
      keys[i] = key;
      RespEncoder.writeRequest(new byte[][] {ascii("SET"), key, value}, sets);
      RespEncoder.writeRequest(new byte[][] {ascii("GET"), key}, gets);
    }
    if (decode(sets) != MANY * 3 || decode(gets) != MANY * 2) {
      throw new IllegalStateException("expected all requests to be read");
    }
  }

  @TearDown
  public void release() {
    sets.release();
    gets.release();
    out.release();
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public int decodeSet() {
    return decode(sets);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public int decodeGet() {
    return decode(gets);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public int encodeOk() {
    return encode(Reply.OK);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public int encodeValue() {
    return encode(bulk);
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public void lookUpCommand(Blackhole seen) {
    for (byte[] name : names) {
      seen.consume(CommandTable.standard().lookup(name));
    }
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public void slotOfKey(Blackhole seen) {
    for (byte[] key : keys) {
      seen.consume(Slots.slotOf(key));
    }
  }

  private int decode(ByteBuf from) {
    from.readerIndex(0);
    int arguments = 0;
    for (Request next = decoder.decode(from); next != null; next = decoder.decode(from)) {
      arguments += next.arguments().length;
    }
    return arguments;
  }

  private int encode(Reply reply) {
    out.clear();
    for (int i = 0; i < MANY; i++) {
      RespEncoder.write(reply, ProtocolVersion.RESP2, out);
    }
    return out.writerIndex();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
