package kvstore.tools.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kvstore.tools.Endpoint;

/** Where the nodes of a cluster on one machine stand. */
final class Layout {

  /** Client, peer, HTTP and cluster port. */
  private static final int PORTS = 4;

  private Layout() {}

  /** Client ports one after the other; the nodes derive their other ports from them. */
  static List<NodeSettings> successive(int count, Path directory, Endpoint first) {
    String members =
        IntStream.range(0, count)
            .mapToObj(i -> id(i) + "=" + at(first, i))
            .collect(Collectors.joining(","));
    return IntStream.range(0, count)
        .mapToObj(i ->
            new NodeSettings(
                id(i),
                directory.resolve(id(i)),
                at(first, i),
                List.of("--node-id", id(i), "--initial-cluster", members)))
        .toList();
  }

  /** Ports that were free a moment ago, four for each node. */
  static List<NodeSettings> free(int count, Path directory) throws IOException {
    List<Integer> ports = freePorts(count * PORTS);
    List<NodeSettings> nodes = new ArrayList<>();
    String members =
        IntStream.range(0, count)
            .mapToObj(i ->
                id(i)
                    + "="
                    + new Endpoint(Endpoint.DEFAULT_HOST, ports.get(i * PORTS))
                    + "@"
                    + ports.get(i * PORTS + 1))
            .collect(Collectors.joining(","));
    for (int i = 0; i < count; i++) {
      nodes.add(
          new NodeSettings(
              id(i),
              directory.resolve(id(i)),
              new Endpoint(Endpoint.DEFAULT_HOST, ports.get(i * PORTS)),
              List.of(
                  "--node-id",
                  id(i),
                  "--peer-port",
                  Integer.toString(ports.get(i * PORTS + 1)),
                  "--http-port",
                  Integer.toString(ports.get(i * PORTS + 2)),
                  "--cluster-port",
                  Integer.toString(ports.get(i * PORTS + 3)),
                  "--initial-cluster",
                  members)));
    }
    return nodes;
  }

  private static String id(int index) {
    return "n" + (index + 1);
  }

  private static Endpoint at(Endpoint first, int index) {
    return new Endpoint(first.host(), first.port() + index);
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getByName(Endpoint.DEFAULT_HOST)));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
