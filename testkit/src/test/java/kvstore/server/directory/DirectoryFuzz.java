package kvstore.server.directory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kvstore.replication.NodeId;
import kvstore.server.directory.LeaderTable.Leader;
import kvstore.testkit.fuzz.FuzzTarget;

/**
 * The directory's commands, states, reports and messages, docs/formats/directory.md. The first byte
 * of the input chooses.
 */
public final class DirectoryFuzz implements FuzzTarget {

  private record Format<T>(Function<ByteBuf, T> reader, Function<T, byte[]> writer) {
    void check(byte[] input) {
      byte[] first;
      try {
        first = writer.apply(reader.apply(Unpooled.wrappedBuffer(input)));
      } catch (Malformed malformed) {
        return;
      }
      byte[] again = writer.apply(reader.apply(Unpooled.wrappedBuffer(first)));
      if (!Arrays.equals(first, again)) {
        throw new AssertionError("what was read and written is read as something else");
      }
    }
  }

  /** Thrown for malformed input alone, so that the writer's complaints are findings. */
  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final List<Format<?>> FORMATS =
      List.of(
          format(in -> CommandCodec.decode(in.nioBuffer()), CommandCodec::encode),
          format(in -> Fields.read("state", in, StateCodec::read), StateCodec::encode),
          format(ReportCodec::decode, ReportCodec::encode),
          format(PeerMessages::readLeaders, PeerMessages::leaders),
          format(PeerMessages::readPush, PeerMessages::push),
          format(PeerMessages::readNews, PeerMessages::news),
          format(PeerMessages::readAsk, PeerMessages::ask),
          format(PeerMessages::readAnswer, PeerMessages::answer));

  private static <T> Format<T> format(Function<ByteBuf, T> reader, Function<T, byte[]> writer) {
    return new Format<>(
        in -> {
          try {
            return reader.apply(in);
          } catch (IllegalArgumentException e) {
            throw new Malformed();
          }
        },
        writer);
  }

  @Override
  public String name() {
    return "directory";
  }

  @Override
  public List<byte[]> seeds() {
    NodeId n1 = new NodeId("n1");
    List<ReplicaEntry> replicas = List.of(new ReplicaEntry(n1, ReplicaEntry.Role.VOTER));
    NodeEntry node =
        new NodeEntry(n1, "h1", 7000, 12000, 17000, "z", NodeEntry.Status.ACTIVE, "0.1.0", 0);
    ShardEntry shard = new ShardEntry(1, 0, 16_383, replicas, null);
    ShardEntry splitting =
        new ShardEntry(2, 0, 16_383, replicas, new ShardEntry.SplitEntry(3, 8_000));
    ClusterState state =
        new ClusterState(4, "c1", Settings.DEFAULT, List.of(node), List.of(shard, splitting), 4);
    Map<Integer, Leader> leaders = Map.of(1, new Leader(n1, 3));
    List<byte[]> seeds = new ArrayList<>();
    for (DirectoryCommand command :
        List.of(
            new DirectoryCommand.Found("c1", Settings.DEFAULT, List.of(node), List.of(shard)),
            new DirectoryCommand.AddNode(node),
            new DirectoryCommand.SetStatus(n1, NodeEntry.Status.ACTIVE),
            new DirectoryCommand.MarkDown(n1, 5),
            new DirectoryCommand.WantReplicas(shard, replicas),
            new DirectoryCommand.ForgetReplica(1, n1),
            new DirectoryCommand.BeginSplit(1, 2, 8_000),
            new DirectoryCommand.FinishSplit(1),
            new DirectoryCommand.ChangeSetting("replicas", "3"))) {
      seeds.add(chosen(0, CommandCodec.encode(command)));
      seeds.add(chosen(6, PeerMessages.ask(new PeerMessages.Propose(command))));
    }
    // long enough to be too long once bad bytes in it are replaced
    seeds.add(
        chosen(
            0,
            CommandCodec.encode(
                new DirectoryCommand.ChangeSetting("replicas", "x".repeat(1_024)))));
    seeds.add(chosen(1, StateCodec.encode(state)));
    seeds.add(chosen(2, ReportCodec.encode(new NodeReport(n1, "0.1.0", 4, List.of()))));
    seeds.add(chosen(3, PeerMessages.leaders(leaders)));
    seeds.add(chosen(4, PeerMessages.push(state)));
    seeds.add(chosen(5, PeerMessages.news(new PeerMessages.News(true, state, leaders))));
    seeds.add(chosen(7, PeerMessages.answer(new PeerMessages.Done(state))));
    seeds.add(
        chosen(
            7,
            PeerMessages.answer(
                new PeerMessages.Failed(
                    DirectoryException.Reason.values()[0], "no", new Leader(n1, 2)))));
    return seeds;
  }

  private static byte[] chosen(int format, byte[] rest) {
    return ByteBuffer.allocate(rest.length + 1).put((byte) format).put(rest).array();
  }

  @Override
  public void read(byte[] input) {
    if (input.length > 0) {
      FORMATS
          .get(Math.floorMod(input[0], FORMATS.size()))
          .check(Arrays.copyOfRange(input, 1, input.length));
    }
  }
}
