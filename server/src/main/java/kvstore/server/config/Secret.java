package kvstore.server.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A password or key that never shows in a log line, an error or a debugger's view. */
public final class Secret {

  private final byte[] value;
  private final byte[] digest;

  private Secret(byte[] value) {
    this.value = value;
    this.digest = sha256(value);
  }

  public static Secret of(String text) {
    return new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether {@code offered} is the secret, in a time that tells nothing about it. */
  public boolean matches(byte[] offered) {
    return MessageDigest.isEqual(digest, sha256(offered));
  }

  /** A copy of the bytes, for a handshake. */
  public byte[] bytes() {
    return value.clone();
  }

  @Override
  public String toString() {
    return "(secret)";
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
