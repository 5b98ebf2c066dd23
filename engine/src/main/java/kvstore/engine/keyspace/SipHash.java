package kvstore.engine.keyspace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * SipHash-2-4 with 128 bits of result, and a secret of its own: nobody who does not know it can
 * choose keys that have the same hash. After Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF", INDOCRYPT 2012, section 2, and their reference implementation for the longer result. For
 * one thread at a time.
 */
final class SipHash {

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final SecureRandom SECRETS = new SecureRandom();

  private final long secret0;
  private final long secret1;
  private long v0;
  private long v1;
  private long v2;
  private long v3;
  private long first;
  private long second;

  SipHash(long secret0, long secret1) {
    this.secret0 = secret0;
    this.secret1 = secret1;
  }

  static SipHash withNewSecret() {
    return new SipHash(SECRETS.nextLong(), SECRETS.nextLong());
  }

  /** The first half of the last {@link #hash}. */
  long first() {
    return first;
  }

  /** Its second half. */
  long second() {
    return second;
  }

  /** Results are told by {@link #first} and {@link #second} until the next call. */
  void hash(byte[] bytes) {
    v0 = secret0 ^ 0x736f6d6570736575L;
    v1 = secret1 ^ 0x646f72616e646f6dL ^ 0xee;
    v2 = secret0 ^ 0x6c7967656e657261L;
    v3 = secret1 ^ 0x7465646279746573L;
    int whole = bytes.length & -Long.BYTES;
    for (int at = 0; at < whole; at += Long.BYTES) {
      absorb((long) WORD.get(bytes, at));
    }
    long rest = (long) bytes.length << 56;
    for (int at = bytes.length - 1; at >= whole; at--) {
      rest |= (bytes[at] & 0xFFL) << Byte.SIZE * (at - whole);
    }
    absorb(rest);
    v2 ^= 0xee;
    rounds(4);
    first = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    rounds(4);
    second = v0 ^ v1 ^ v2 ^ v3;
  }

  private void absorb(long word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  private void rounds(int count) {
    long a = v0;
    long b = v1;
    long c = v2;
    long d = v3;
    for (int i = 0; i < count; i++) {
      a += b;
      b = Long.rotateLeft(b, 13) ^ a;
      a = Long.rotateLeft(a, 32);
      c += d;
      d = Long.rotateLeft(d, 16) ^ c;
      a += d;
      d = Long.rotateLeft(d, 21) ^ a;
      c += b;
      b = Long.rotateLeft(b, 17) ^ c;
      c = Long.rotateLeft(c, 32);
    }
    v0 = a;
    v1 = b;
    v2 = c;
    v3 = d;
  }
}
