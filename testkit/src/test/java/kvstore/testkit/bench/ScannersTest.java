package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in a stream does not depend on how the network cuts it. */
class ScannersTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void repliesAreFoundHoweverTheyAreCut(int piece) throws IOException {
    byte[] stream =
        "+OK\r\n$5\r\nab\r\nc\r\n:12\r\n$-1\r\n_\r\n$0\r\n\r\n-TRYAGAIN later\r\n:-3\r\n"
            .getBytes(US_ASCII);
    RespScanner scanner = new RespScanner();
    List<String> found = new ArrayList<>();

    for (ByteBuffer part : cut(stream, piece)) {
      scanner.scan(
          part,
          (type, number) ->
              found.add((char) type + (type == '-' ? scanner.errorWord() : "" + number)));
    }

    assertThat(found).containsExactly("+0", "$5", ":12", "_-1", "_0", "$0", "-TRYAGAIN", ":-3");
  }

  @Test
  void aReplyThatIsNoneIsRefused() {
    assertThatThrownBy(
            () -> new RespScanner().scan(ByteBuffer.wrap(new byte[] {'x'}), (type, number) -> {}))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 9, 10, 1000})
  void framesAreFoundHoweverTheyAreCut(int piece) throws IOException {
    ByteBuffer stream = ByteBuffer.allocate(100);
    Http2Frames.putHead(stream, 3, Http2Frames.DATA, Http2Frames.END_STREAM, 7);
    stream.put(new byte[] {1, 2, 3});
    Http2Frames.putHead(stream, 0, Http2Frames.SETTINGS, Http2Frames.ACK, 0);
    Http2Frames.putHead(stream, 4, Http2Frames.WINDOW_UPDATE, 0, 0);
    stream.putInt(99);
    byte[] bytes = new byte[stream.flip().remaining()];
    stream.get(bytes);
    Http2Frames frames = new Http2Frames();
    List<String> found = new ArrayList<>();

    for (ByteBuffer part : cut(bytes, piece)) {
      frames.scan(
          part,
          (type, flags, on, payload) ->
              found.add(type + " " + flags + " " + on + " " + payload.remaining()));
    }

    assertThat(found).containsExactly("0 1 7 3", "4 1 0 0", "8 0 0 4");
  }

  @Test
  void aFrameLongerThanAnnouncedIsRefused() {
    ByteBuffer head = ByteBuffer.allocate(Http2Frames.HEAD);
    Http2Frames.putHead(head, 20_000, Http2Frames.DATA, 0, 1);

    assertThatThrownBy(() -> new Http2Frames().scan(head.flip(), (t, f, s, p) -> {}))
        .isInstanceOf(IOException.class);
  }

  @Test
  void headersAreSpeltOutOnce() {
    RequestHeaders headers = new RequestHeaders("127.0.0.1:2379");
    ByteBuffer out = ByteBuffer.allocate(RequestHeaders.LONGEST);

    headers.put(out, "/etcdserverpb.KV/Put");
    assertThat(out.position()).isGreaterThan(60);
    out.clear();
    headers.put(out, "/etcdserverpb.KV/Put");

    byte[] again = new byte[out.flip().remaining()];
    out.get(again);
    // POST, http, then path, authority, content type and te of the table: the oldest is the highest
    assertThat(again).containsExactly(0x83, 0x86, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62);
  }

  private static List<ByteBuffer> cut(byte[] stream, int piece) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int from = 0; from < stream.length; from += piece) {
      parts.add(ByteBuffer.wrap(stream, from, Math.min(piece, stream.length - from)));
    }
    return parts;
  }
}
