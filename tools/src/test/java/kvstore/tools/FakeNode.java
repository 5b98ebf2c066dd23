package kvstore.tools;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import kvstore.protocol.ProtocolLimits;
import kvstore.protocol.ProtocolVersion;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.protocol.RespDecoder;
import kvstore.protocol.RespEncoder;

/** Just enough of a server for the shell; a process of its own through {@link #main}. */
public final class FakeNode implements Closeable {

  private final Map<String, byte[]> values = new ConcurrentHashMap<>();
  private final List<Socket> clients = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ServerSocket listener;

  /** Listens on {@code port}; 0 takes any free one. */
  public FakeNode(int port) throws IOException {
    listener = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
    start(this::acceptAll);
  }

  /** As the launcher would start a node: understands --port and --stop-when-stdin-closes. */
  public static void main(String[] arguments) throws IOException {
    List<String> words = List.of(arguments);
    if (words.contains("--fail")) {
      System.err.println("option dir: cannot use it");
      System.exit(2);
    }
    int port = Integer.parseInt(words.get(words.indexOf("--port") + 1));
    System.err.println("listening on " + port);
    FakeNode node = new FakeNode(port);
    try (node) {
      while (System.in.read() >= 0) {
        // until our parent is gone
      }
    }
    System.exit(0);
  }

  public Endpoint endpoint() {
    return new Endpoint("127.0.0.1", listener.getLocalPort());
  }

  public List<String> requests() {
    return requests;
  }

  /** Cuts all connections, as a restart does. */
  public void cut() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    clients.clear();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket client = listener.accept();
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
        for (Request request = decoder.decode(received);
            request != null;
            request = decoder.decode(received)) {
          ByteBuf out = Unpooled.buffer();
          RespEncoder.write(reply(request, client), ProtocolVersion.RESP3, out);
          out.readBytes(client.getOutputStream(), out.readableBytes());
        }
      }
    } catch (IOException e) {
      // the client has gone
    }
  }

  private Reply reply(Request request, Socket client) throws IOException {
    List<String> words = new ArrayList<>();
    for (byte[] argument : request.arguments()) {
      words.add(new String(argument, StandardCharsets.ISO_8859_1));
    }
    requests.add(String.join(" ", words));
    return switch (request.name()) {
      case "hello" -> new Reply.Pairs(List.of(Reply.bulk("proto"), new Reply.Int(3)));
      case "info" ->
          new Reply.Verbatim("txt", "process_id:" + ProcessHandle.current().pid() + "\r\n");
      case "put" -> {
        values.put(words.get(1), request.arguments()[2]);
        yield Reply.OK;
      }
      case "get" -> {
        byte[] value = values.get(words.get(1));
        yield value == null ? Reply.NIL : new Reply.Bulk(value);
      }
      case "multi" -> Reply.OK;
      case "exec" -> Reply.EMPTY_ARRAY;
      case "remove" -> values.remove(words.get(1)) == null ? Reply.NIL : Reply.OK;
      case "die" -> {
        client.close();
        yield Reply.OK;
      }
      default -> new Reply.Failure("ERR unknown command '" + words.get(0) + "'");
    };
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fake-node");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
