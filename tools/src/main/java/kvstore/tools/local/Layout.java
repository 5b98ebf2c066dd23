package kvstore.tools.local;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kvstore.tools.Endpoint;

/** Where the nodes of a cluster on one machine stand. */
final class Layout {

  /** Client, peer, HTTP and cluster port. */
  private static final int PORTS = 4;

  private static final int FIRST_PORT = 12_000;
  private static final int BEHIND_LAST_PORT = 32_000;
  private static final int MOST_TRIES = 1_000;

  static final String PEER_PORT = "--peer-port";

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
    return behind(count, directory, i -> 0, List.of());
  }

  /**
   * The same, but the nodes look for each other's peer ports elsewhere: where something stands in
   * between.
   *
   * @param advertised the peer port that others are told, by node; 0 for the real one
   * @param options further options of each node
   */
  static List<NodeSettings> behind(
      int count, Path directory, IntUnaryOperator advertised, List<String> options)
      throws IOException {
    List<Integer> ports = freePorts(count * PORTS);
    List<NodeSettings> nodes = new ArrayList<>();
    String members =
        IntStream.range(0, count)
            .mapToObj(i ->
                id(i)
                    + "="
                    + new Endpoint(Endpoint.DEFAULT_HOST, ports.get(i * PORTS))
                    + "@"
                    + (advertised.applyAsInt(i) == 0
                        ? ports.get(i * PORTS + 1)
                        : advertised.applyAsInt(i)))
            .collect(Collectors.joining(","));
    for (int i = 0; i < count; i++) {
      nodes.add(
          new NodeSettings(
              id(i),
              directory.resolve(id(i)),
              new Endpoint(Endpoint.DEFAULT_HOST, ports.get(i * PORTS)),
              options(id(i), ports.subList(i * PORTS, (i + 1) * PORTS), members, options)));
    }
    return nodes;
  }

  private static List<String> options(
      String id, List<Integer> ports, String members, List<String> further) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--node-id",
                id,
                PEER_PORT,
                Integer.toString(ports.get(1)),
                "--http-port",
                Integer.toString(ports.get(2)),
                "--cluster-port",
                Integer.toString(ports.get(3)),
                "--initial-cluster",
                members));
    options.addAll(further);
    return options;
  }

  private static String id(int index) {
    return "n" + (index + 1);
  }

  private static Endpoint at(Endpoint first, int index) {
    return new Endpoint(first.host(), first.port() + index);
  }

  /** From below the range of outgoing connections, so that they stay free while a node is down. */
  private static List<Integer> freePorts(int count) throws IOException {
    RandomGenerator random = RandomGenerator.getDefault();
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int tries = 0; sockets.size() < count; tries++) {
        try {
          sockets.add(
              new ServerSocket(
                  random.nextInt(FIRST_PORT, BEHIND_LAST_PORT),
                  1,
                  InetAddress.getByName(Endpoint.DEFAULT_HOST)));
        } catch (BindException e) {
          if (tries > MOST_TRIES) {
            throw e;
          }
        }
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
