package kvstore.server.admin;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An operator's words and their answer, between the node asked and the directory's leader.
 *
 * <pre>
 * request: [version u8 = 1][count u16]([length u16][UTF-8])*
 * answer:  [version u8 = 1][ok u8][UTF-8 to the end]
 * </pre>
 */
final class AdminMessages {

  private static final byte VERSION = 1;
  private static final int MOST_WORDS = 16;
  private static final int MOST_BYTES = 1_000;

  private AdminMessages() {}

  /**
   * @throws IllegalArgumentException if there are too many words, or too long ones
   */
  static byte[] request(List<String> words) {
    if (words.size() > MOST_WORDS) {
      throw new IllegalArgumentException(
          "expected at most " + MOST_WORDS + " words, but got " + words.size());
    }
    int length = 3;
    for (String word : words) {
      int bytes = word.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MOST_BYTES) {
        throw new IllegalArgumentException(
            "expected words of at most " + MOST_BYTES + " bytes, but got one of " + bytes);
      }
      length += 2 + bytes;
    }
    ByteBuffer out = ByteBuffer.allocate(length).put(VERSION).putShort((short) words.size());
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      out.putShort((short) bytes.length).put(bytes);
    }
    return out.array();
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  static List<String> words(byte[] request) {
    ByteBuffer in = ByteBuffer.wrap(request);
    try {
      requireVersion(in.get());
      int count = in.getShort() & 0xFFFF;
      List<String> words = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[Math.min(in.getShort() & 0xFFFF, MOST_BYTES)];
        in.get(bytes);
        words.add(new String(bytes, StandardCharsets.UTF_8));
      }
      return words;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the order ends too early", e);
    }
  }

  static byte[] answer(Administration.Answer answer) {
    byte[] text = answer.text().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + text.length)
        .put(VERSION)
        .put((byte) (answer.ok() ? 1 : 0))
        .put(text)
        .array();
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  static Administration.Answer readAnswer(byte[] bytes) {
    if (bytes.length < 2) {
      throw new IllegalArgumentException("the answer ends too early");
    }
    requireVersion(bytes[0]);
    return new Administration.Answer(
        bytes[1] == 1, new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_8));
  }

  private static void requireVersion(byte version) {
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "expected version " + VERSION + " of an order, but got " + version);
    }
  }
}
