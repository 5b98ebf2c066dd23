package kvstore.replication.raft;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import kvstore.testkit.fuzz.FuzzTarget;

/** The question for a snapshot and its answer, docs/formats/peer-protocol.md. */
public final class SnapshotFuzz implements FuzzTarget {

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  @Override
  public String name() {
    return "snapshot";
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        bytes(SnapshotMessages.encode(HEAP, new SnapshotMessages.Ask("g-shard1", 9))),
        bytes(SnapshotMessages.encode(HEAP, new SnapshotMessages.Keep("g", -2))),
        bytes(SnapshotMessages.encode(HEAP, new SnapshotMessages.End("g", 7))),
        bytes(SnapshotMessages.encode(HEAP, new SnapshotMessages.Offered(7, 12))),
        bytes(SnapshotMessages.encode(HEAP, new SnapshotMessages.Later())));
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }

  @Override
  public void read(byte[] input) {
    SnapshotMessages.Request request =
        SnapshotMessages.readRequest(Unpooled.wrappedBuffer(input.clone()));
    if (request != null) {
      ByteBuf again = Unpooled.wrappedBuffer(bytes(SnapshotMessages.encode(HEAP, request)));
      if (!request.equals(SnapshotMessages.readRequest(again))) {
        throw new AssertionError(request + " is not read as it was written");
      }
    }
    SnapshotMessages.Answer answer =
        SnapshotMessages.readAnswer(Unpooled.wrappedBuffer(input.clone()));
    if (answer != null) {
      ByteBuf again = Unpooled.wrappedBuffer(bytes(SnapshotMessages.encode(HEAP, answer)));
      if (!answer.equals(SnapshotMessages.readAnswer(again))) {
        throw new AssertionError(answer + " is not read as it was written");
      }
    }
  }
}
