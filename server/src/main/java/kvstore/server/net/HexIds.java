package kvstore.server.net;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import kvstore.replication.NodeId;

/**
 * Ids as clients of Redis Cluster expect them, forty hexadecimal digits: the SHA-1 of the cluster's
 * id and the node's or shard's own, so that every node comes to the same.
 */
final class HexIds {

  private HexIds() {}

  static String ofNode(String clusterId, NodeId node) {
    return digest(clusterId + "/node/" + node.value());
  }

  static String ofShard(String clusterId, int number) {
    return digest(clusterId + "/shard/" + number);
  }

  static String digest(String text) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return HexFormat.of().formatHex(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
