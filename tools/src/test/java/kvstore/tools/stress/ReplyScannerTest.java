package kvstore.tools.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.ProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyScannerTest {

  private static final String REPLIES =
      "+OK\r\n$5\r\na\r\nbc\r\n$-1\r\n_\r\n:12\r\n-ERR no\r\n$0\r\n\r\n";

  private final ReplyScanner scanner = new ReplyScanner(100);

  @Test
  void findsEveryReplyHoweverTheBytesAreCut() {
    byte[] bytes = REPLIES.getBytes(StandardCharsets.US_ASCII);
    for (int chunk = 1; chunk <= bytes.length; chunk++) {
      ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
      List<String> found = new ArrayList<>();
      for (int from = 0; from < bytes.length; from += chunk) {
        buffer.put(bytes, from, Math.min(chunk, bytes.length - from));
        buffer.flip();
        for (ReplyScanner.Kind kind = scanner.next(buffer);
            kind != ReplyScanner.Kind.NONE;
            kind = scanner.next(buffer)) {
          found.add(kind == ReplyScanner.Kind.NIL ? "NIL" : kind + " " + scanner.text(buffer));
        }
        buffer.compact();
      }
      assertThat(found)
          .containsExactly(
              "STATUS OK", "BULK a\r\nbc", "NIL", "NIL", "INTEGER 12", "ERROR ERR no", "BULK ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?\r\n",
        "+OK\n",
        "$x\r\n",
        "$\r\n",
        "$101\r\n",
        "$-2\r\n",
        "$2\r\nabcd",
        "*1\r\n"
      })
  void refusesWhatIsNoReply(String text) {
    ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> scanner.next(buffer)).isInstanceOf(ProtocolException.class);
  }
}
