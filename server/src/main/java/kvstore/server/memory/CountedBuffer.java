package kvstore.server.memory;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;

/** A buffer whose bytes count as memory of clients until it is released, by whomever. */
public final class CountedBuffer extends UnpooledDirectByteBuf {

  private final ClientMemory memory;
  private final long counted;

  /**
   * @param bytes expected, which are counted at once; it may grow beyond
   */
  public CountedBuffer(ClientMemory memory, int bytes) {
    super(UnpooledByteBufAllocator.DEFAULT, bytes, Integer.MAX_VALUE);
    this.memory = memory;
    this.counted = bytes;
    memory.count(counted);
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    memory.count(-counted);
  }
}
