package kvstore.tools.stress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import kvstore.protocol.ProtocolLimits;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.protocol.RespDecoder;
import kvstore.protocol.RespEncoder;
import kvstore.tools.Endpoint;
import org.jspecify.annotations.Nullable;

/** Keeps values in memory, and answers as a test tells it to. */
final class FaultyServer implements Closeable {

  /** What the server does instead of the right thing. */
  interface Fault {
    /** The reply; null for the right one. */
    @Nullable Reply answer(FaultyServer server, Call call) throws IOException;
  }

  /**
   * A request.
   *
   * @param number of the request among those of its name, from 1
   * @param value of a write; else empty
   */
  record Call(String name, String key, byte[] value, int number) {
    boolean isGet() {
      return name.equals("get");
    }

    boolean isSet() {
      return name.equals("set");
    }
  }

  private final ServerSocket listener;
  private volatile boolean probesRefused;
  private final Fault fault;
  private final Map<String, byte[]> values;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

  FaultyServer(Fault fault) throws IOException {
    this(fault, new ConcurrentHashMap<>());
  }

  /** Several servers on the same values are a cluster. */
  FaultyServer(Fault fault, Map<String, byte[]> values) throws IOException {
    this.fault = fault;
    this.values = values;
    this.listener = new ServerSocket(0, 200, InetAddress.getByName("127.0.0.1"));
    start(this::accept);
  }

  static FaultyServer sound() throws IOException {
    return new FaultyServer((server, call) -> null);
  }

  Endpoint endpoint() {
    return new Endpoint("127.0.0.1", listener.getLocalPort());
  }

  Map<String, byte[]> values() {
    return values;
  }

  /** Changes the value of a key behind the client's back. */
  void change(String key, UnaryOperator<byte[]> change) {
    values.computeIfPresent(key, (any, value) -> change.apply(value.clone()));
  }

  /** Else the fault is kept from the write that only asks whether there is anybody. */
  void refuseProbes() {
    probesRefused = true;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        client.setTcpNoDelay(true);
        clients.add(client);
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    RespDecoder decoder = new RespDecoder(ProtocolLimits.DEFAULT);
    ByteBuf received = Unpooled.buffer();
    try (client) {
      while (received.writeBytes(client.getInputStream(), 8_192) >= 0) {
        ByteBuf out = Unpooled.buffer();
        for (Request request = decoder.decode(received);
            request != null;
            request = decoder.decode(received)) {
          RespEncoder.write(reply(request), ProtocolVersion.RESP2, out);
        }
        out.readBytes(client.getOutputStream(), out.readableBytes());
        received.discardReadBytes();
      }
    } catch (IOException e) {
      // gone
    } finally {
      clients.remove(client);
    }
  }

  private Reply reply(Request request) throws IOException {
    String name = request.name();
    if (name.equals("hello")) {
      return new Reply.Pairs(List.of());
    }
    byte[][] arguments = request.arguments();
    String key = new String(arguments[1], StandardCharsets.US_ASCII);
    byte[] value = arguments.length > 2 ? arguments[2] : new byte[0];
    if (key.endsWith("probe") && !probesRefused) {
      return right(new Call(name, key, value, 0));
    }
    int number = counts.computeIfAbsent(name, any -> new AtomicInteger()).incrementAndGet();
    Call call = new Call(name, key, value, number);
    Reply wrong = fault.answer(this, call);
    return wrong == null ? right(call) : wrong;
  }

  Reply right(Call call) {
    return switch (call.name()) {
      case "set" -> {
        values.put(call.key(), call.value());
        yield Reply.OK;
      }
      case "get" -> {
        byte[] value = values.get(call.key());
        yield value == null ? Reply.NIL : new Reply.Bulk(value);
      }
      case "del" -> new Reply.Int(values.remove(call.key()) == null ? 0 : 1);
      default -> new Reply.Failure("ERR unknown command '" + call.name() + "'");
    };
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "faulty-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** Dies: nobody can connect any more, and all connections break. */
  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
