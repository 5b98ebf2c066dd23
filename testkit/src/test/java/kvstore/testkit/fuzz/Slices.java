package kvstore.testkit.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** Hands bytes on as a socket does: broken anywhere, the same way for the same bytes. */
public final class Slices {

  private static final int LONGEST = 9;

  private Slices() {}

  public static void of(byte[] input, Consumer<ByteBuf> reader) {
    Random random = new Random(Arrays.hashCode(input));
    for (int at = 0; at < input.length; ) {
      int length = Math.min(input.length - at, 1 + random.nextInt(LONGEST));
      reader.accept(Unpooled.copiedBuffer(input, at, length));
      at += length;
    }
  }
}
