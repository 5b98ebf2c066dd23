package kvstore.replication.transport;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Proofs that a node knows the cluster's secret, without telling it. */
final class Credentials {

  static final int NONCE_BYTES = 32;
  static final int PROOF_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  /** Which side proves itself; bound into the proof, so that none can be played back. */
  enum Role {
    CLIENT("kvstore peer client"),
    SERVER("kvstore peer server");

    private final String label;

    Role(String label) {
      this.label = label;
    }
  }

  /** All that the two sides agree on before they prove themselves. */
  record Transcript(
      int version,
      int lane,
      String clusterId,
      String client,
      String server,
      byte[] clientNonce,
      byte[] serverNonce) {}

  private final SecretKeySpec key;
  private final SecureRandom random = new SecureRandom();
  private final byte[] life;

  Credentials(byte[] secret) {
    this(secret, Acquaintances.none().life());
  }

  /**
   * @param life of this node's data directory; bound into every proof as a part of the nonce
   */
  Credentials(byte[] secret, byte[] life) {
    this.key = new SecretKeySpec(secret, ALGORITHM);
    this.life = life.clone();
  }

  /** The node's life, and as many bytes again that were never used before. */
  byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    System.arraycopy(life, 0, nonce, 0, life.length);
    return nonce;
  }

  /** The life of the node that made a nonce. */
  static byte[] lifeIn(byte[] nonce) {
    return Arrays.copyOf(nonce, Acquaintances.LIFE_BYTES);
  }

  byte[] proof(Role role, Transcript transcript) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(role.label.getBytes(StandardCharsets.US_ASCII));
    text.write(0);
    text.write(transcript.version());
    text.write(transcript.lane());
    writeString(text, transcript.clusterId());
    writeString(text, transcript.client());
    writeString(text, transcript.server());
    text.writeBytes(transcript.clientNonce());
    text.writeBytes(transcript.serverNonce());
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text.toByteArray());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("expected every JDK to have " + ALGORITHM, e);
    }
  }

  boolean proves(byte[] proof, Role role, Transcript transcript) {
    return MessageDigest.isEqual(proof, proof(role, transcript));
  }

  private static void writeString(ByteArrayOutputStream text, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    text.write(bytes.length);
    text.writeBytes(bytes);
  }
}
