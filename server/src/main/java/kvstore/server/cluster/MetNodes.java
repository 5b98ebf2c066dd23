package kvstore.server.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Acquaintances;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lives of this node and of those it has met, in a file of the data directory. */
final class MetNodes implements Acquaintances {

  private static final Logger LOG = LoggerFactory.getLogger(MetNodes.class);
  private static final HexFormat HEX = HexFormat.of();

  private final Path file;
  private final byte[] life;
  private final Properties lives;

  private MetNodes(Path file, byte[] life, Properties lives) {
    this.file = file;
    this.life = life;
    this.lives = lives;
  }

  /**
   * Reads the file, or makes one with a new life.
   *
   * @throws DataDirectoryException if it cannot be read or written
   */
  static MetNodes open(Path file, NodeId self) {
    Properties lives = new Properties();
    try {
      if (Files.exists(file)) {
        try (Reader reader = Files.newBufferedReader(file)) {
          lives.load(reader);
        }
      }
      String own = lives.getProperty(self.value());
      byte[] life = own == null ? drawn() : HEX.parseHex(own);
      MetNodes met = new MetNodes(file, life, lives);
      if (own == null) {
        lives.setProperty(self.value(), HEX.formatHex(life));
        met.store();
      }
      return met;
    } catch (IOException | IllegalArgumentException e) {
      throw new DataDirectoryException(
          "'" + file + "' cannot be read or written: " + e + "; restore it", e);
    }
  }

  private static byte[] drawn() {
    byte[] life = new byte[LIFE_BYTES];
    new SecureRandom().nextBytes(life);
    return life;
  }

  @Override
  public byte[] life() {
    return life.clone();
  }

  @Override
  public synchronized @Nullable String objection(NodeId peer, byte[] theirs) {
    String shown = HEX.formatHex(theirs);
    String known = lives.getProperty(peer.value());
    if (known == null) {
      lives.setProperty(peer.value(), shown);
      try {
        store();
      } catch (IOException e) {
        lives.remove(peer.value());
        LOG.error("{} cannot be written, so {} cannot be let in: {}", file, peer, e.toString());
        return "this node cannot write down whom it meets";
      }
      return null;
    }
    return known.equals(shown)
        ? null
        : "node id "
            + peer
            + " is known here with another data directory; bring that back, or"
            + " join with an empty directory under a new id";
  }

  /** All at once, and durably. */
  private void store() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    lives.store(bytes, "lives of this node and of those it has met; do not edit");
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel directory =
        FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
