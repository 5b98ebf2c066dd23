package kvstore.replication.transport;

import java.security.SecureRandom;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Whom a node has met, and in which life. A node's life is that of its data directory: drawn at
 * random when the directory was made, lost with it. A node that comes back under its old id in
 * another life has forgotten what it acknowledged and whom it voted for: it must not be let in, for
 * it would break promises that were made with its help.
 *
 * <p>Any thread may call.
 */
public interface Acquaintances {

  int LIFE_BYTES = 16;

  /** This node's own life. */
  byte[] life();

  /**
   * Called when a peer has proved who it is, before anything else is said to it.
   *
   * @return null if the peer is known in this life, or was not known at all: then it is remembered
   *     durably, which blocks once in a peer's life; else what to tell it
   */
  @Nullable String objection(NodeId peer, byte[] life);

  /**
   * Lives as long as this process, and remembers nobody; for tests, and nodes without a cluster.
   */
  static Acquaintances none() {
    byte[] life = new byte[LIFE_BYTES];
    new SecureRandom().nextBytes(life);
    return new Acquaintances() {
      @Override
      public byte[] life() {
        return life.clone();
      }

      @Override
      public @Nullable String objection(NodeId peer, byte[] theirs) {
        return null;
      }
    };
  }
}
