package kvstore.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import kvstore.server.config.ClientIo;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.NodeView;
import kvstore.server.router.DataPath;

/**
 * A node's client port without the port: real connections over channels that are given bytes and
 * asked for them by whoever runs the simulation, on its one thread.
 */
public final class SimulatedDoor {

  private static final Endpoints NOWHERE = new Endpoints("127.0.0.1", "127.0.0.1", 0, 0, 0, 0);

  private final Gateway gateway;

  public SimulatedDoor(DataPath data, NodeView node, InstantSource clock) {
    ServerOptions options = ServerOptions.read(List.of(), Map.of());
    NetServer.Setup setup = NetServer.Setup.of(options, clock, () -> {});
    this.gateway = new Gateway(setup, ClientIo.NIO, NOWHERE, data, node);
  }

  /** A client has connected. */
  public Line connect() {
    return new Line();
  }

  /** One client's connection, as the node has it. */
  public final class Line {

    private final EmbeddedChannel channel = new EmbeddedChannel();

    private Line() {
      channel.config().setAllocator(UnpooledByteBufAllocator.DEFAULT);
      Connection connection =
          new Connection(
              gateway,
              gateway.newLoop(channel.eventLoop()),
              gateway.clients().nextId(),
              channel,
              Door.PLAIN);
      gateway.clients().add(connection);
      channel.pipeline().addLast(connection);
    }

    /** Bytes of the client have come. */
    public void receive(byte[] bytes) {
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    }

    /** Lets the event loop do what it was given, and takes what the node has written. */
    public byte[] run() {
      channel.runPendingTasks();
      ByteBuf all = Unpooled.buffer();
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        all.writeBytes(out);
        out.release();
      }
      byte[] bytes = new byte[all.readableBytes()];
      all.readBytes(bytes);
      return bytes;
    }

    public boolean isOpen() {
      return channel.isOpen();
    }

    public void close() {
      channel.finishAndReleaseAll();
    }
  }
}
