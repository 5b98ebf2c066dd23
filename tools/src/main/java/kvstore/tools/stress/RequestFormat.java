package kvstore.tools.stress;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import kvstore.tools.Credentials;

/** Requests, encoded ahead but for the key's number and the value. For any thread. */
final class RequestFormat {

  private static final int DIGITS = 8;
  private static final byte[] END = "\r\n".getBytes(US_ASCII);

  private final byte[] get;
  private final byte[] del;
  private final byte[] set;
  private final byte[] setValue;
  private final ValueFormat values;

  RequestFormat(String prefix, ValueFormat values) {
    String key = "\r\n$" + (prefix.length() + DIGITS) + "\r\n" + prefix;
    this.get = ("*2\r\n$3\r\nGET" + key).getBytes(US_ASCII);
    this.del = ("*2\r\n$3\r\nDEL" + key).getBytes(US_ASCII);
    this.set = ("*3\r\n$3\r\nSET" + key).getBytes(US_ASCII);
    this.setValue = ("\r\n$" + values.size() + "\r\n").getBytes(US_ASCII);
    this.values = values;
  }

  /** Room that any request but AUTH fits in. */
  int longest() {
    return set.length + DIGITS + setValue.length + values.size() + END.length;
  }

  void write(ByteBuffer out, Operation operation, long key, int version) {
    switch (operation) {
      case GET -> out.put(get);
      case DEL -> out.put(del);
      case SET -> out.put(set);
      case AUTH -> throw new IllegalArgumentException("AUTH has no key");
    }
    for (int divisor = 10_000_000; divisor > 0; divisor /= 10) {
      out.put((byte) ('0' + key / divisor % 10));
    }
    if (operation == Operation.SET) {
      out.put(setValue);
      values.write(out, key, version);
    }
    out.put(END);
  }

  static byte[] auth(Credentials credentials) {
    String user = credentials.user();
    StringBuilder text = new StringBuilder(user == null ? "*2\r\n" : "*3\r\n");
    word(text, "AUTH");
    if (user != null) {
      word(text, user);
    }
    word(text, credentials.password());
    return text.toString().getBytes(UTF_8);
  }

  private static void word(StringBuilder text, String word) {
    text.append('$').append(word.getBytes(UTF_8).length).append("\r\n").append(word).append("\r\n");
  }
}
