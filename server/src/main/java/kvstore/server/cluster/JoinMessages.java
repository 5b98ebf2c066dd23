package kvstore.server.cluster;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.replication.NodeId;
import kvstore.server.config.ClusterMember;

/**
 * Bodies of the peer method {@code JOIN}, as docs/formats/join.md specifies them. Integers are big
 * endian; a text is {@code [length u8][UTF-8]}.
 *
 * <pre>
 * request:  [version u8 = 1][release text][node id text, empty for any][host text]
 *           [client port u16][cluster port u16][peer port u16][zone text]
 * response: [version u8 = 1][kind u8: 0 taken in, 1 refused, 2 not now]
 *           taken in: [cluster id text][node id text]
 *                     [count u16]([node id text][host text][client port u16][peer port u16])*
 *           others:   [reason text]
 * </pre>
 */
final class JoinMessages {

  static final int VERSION = 1;

  /** A cluster has fewer nodes than that by far. */
  private static final int MOST_NODES = 1_000;

  private static final int MOST_TEXT = 255;

  private static final int TAKEN_IN = 0;
  private static final int REFUSED = 1;
  private static final int NOT_NOW = 2;

  /** What the cluster answers. */
  sealed interface Response permits TakenIn, Declined {}

  record TakenIn(String clusterId, NodeId id, List<ClusterMember> nodes) implements Response {}

  /**
   * @param forGood whether asking again is of no use
   */
  record Declined(boolean forGood, String reason) implements Response {}

  private JoinMessages() {}

  static void write(ByteBuf out, Newcomer newcomer) {
    out.writeByte(VERSION);
    writeText(out, newcomer.release());
    writeText(out, newcomer.id());
    writeText(out, newcomer.host());
    out.writeShort(newcomer.port());
    out.writeShort(newcomer.clusterPort());
    out.writeShort(newcomer.peerPort());
    writeText(out, newcomer.zone());
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  static Newcomer readRequest(ByteBuf in) {
    try {
      requireVersion(in);
      return new Newcomer(
          readText(in),
          readText(in),
          readText(in),
          in.readUnsignedShort(),
          in.readUnsignedShort(),
          in.readUnsignedShort(),
          readText(in));
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the message ends too early", e);
    }
  }

  static void write(ByteBuf out, Response response) {
    out.writeByte(VERSION);
    if (response instanceof TakenIn in) {
      out.writeByte(TAKEN_IN);
      writeText(out, in.clusterId());
      writeText(out, in.id().value());
      out.writeShort(in.nodes().size());
      for (ClusterMember node : in.nodes()) {
        writeText(out, node.id().value());
        writeText(out, node.host());
        out.writeShort(node.port());
        out.writeShort(node.peerPort());
      }
    } else if (response instanceof Declined declined) {
      out.writeByte(declined.forGood() ? REFUSED : NOT_NOW);
      writeText(out, shortened(declined.reason()));
    }
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  static Response readResponse(ByteBuf in) {
    try {
      requireVersion(in);
      int kind = in.readUnsignedByte();
      if (kind == TAKEN_IN) {
        return readTakenIn(in);
      }
      if (kind == REFUSED || kind == NOT_NOW) {
        return new Declined(kind == REFUSED, readText(in));
      }
      throw new IllegalArgumentException("the response is of unknown kind " + kind);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the message ends too early", e);
    }
  }

  private static TakenIn readTakenIn(ByteBuf in) {
    String clusterId = readText(in);
    NodeId id = new NodeId(readText(in));
    int count = in.readUnsignedShort();
    if (count > MOST_NODES) {
      throw new IllegalArgumentException(count + " nodes are more than " + MOST_NODES);
    }
    List<ClusterMember> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      NodeId node = new NodeId(readText(in));
      nodes.add(
          new ClusterMember(node, readText(in), in.readUnsignedShort(), in.readUnsignedShort()));
    }
    return new TakenIn(clusterId, id, nodes);
  }

  private static void requireVersion(ByteBuf in) {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "expected join version " + VERSION + ", but got " + version);
    }
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_TEXT) {
      throw new IllegalArgumentException("expected a text of at most 255 bytes, but got " + text);
    }
    out.writeByte(bytes.length).writeBytes(bytes);
  }

  private static String readText(ByteBuf in) {
    return in.readCharSequence(in.readUnsignedByte(), StandardCharsets.UTF_8).toString();
  }

  /** Made ASCII, so that characters are bytes. */
  private static String shortened(String reason) {
    String ascii = reason.replaceAll("[^\\x20-\\x7e]", "?");
    return ascii.length() <= MOST_TEXT ? ascii : ascii.substring(0, MOST_TEXT - 3) + "...";
  }
}
