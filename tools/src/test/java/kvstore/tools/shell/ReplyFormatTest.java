package kvstore.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import kvstore.protocol.Reply;
import org.junit.jupiter.api.Test;

class ReplyFormatTest {

  private static final Reply BYTES =
      new Reply.Bulk(new byte[] {'a', 0, (byte) 0xff, 27, '[', '1', 'm', '\n', 'z'});
  private static final Reply NESTED =
      new Reply.Array(
          List.of(
              Reply.bulk("x"),
              new Reply.Array(List.of(new Reply.Int(1), Reply.NIL)),
              Reply.EMPTY_ARRAY));
  private static final Reply MAP =
      new Reply.Pairs(List.of(Reply.bulk("a"), new Reply.Int(1), Reply.bulk("b"), NESTED));

  private final ReplyFormat human = new HumanFormat(true);

  @Test
  void peopleSeeBareTextAndMarkedKinds() {
    assertThat(human.text(Reply.OK)).isEqualTo("OK");
    assertThat(human.text(Reply.bulk("john_doe"))).isEqualTo("john_doe");
    assertThat(human.text(Reply.bulk("grüße ✓"))).isEqualTo("grüße ✓");
    assertThat(human.text(Reply.NIL)).isEqualTo("(nil)");
    assertThat(human.text(Reply.NIL_ARRAY)).isEqualTo("(nil)");
    assertThat(human.text(new Reply.Int(-7))).isEqualTo("(integer) -7");
    assertThat(human.text(new Reply.Failure("ERR no"))).isEqualTo("(error) ERR no");
    assertThat(human.text(new Reply.Truth(true))).isEqualTo("(boolean) true");
    assertThat(human.text(new Reply.Verbatim("txt", "# Server\r\n"))).isEqualTo("# Server");
  }

  @Test
  void arraysAreNumberedAndMapsShowWhatLeadsWhere() {
    assertThat(human.text(NESTED))
        .isEqualTo("1) x\n2) 1) (integer) 1\n   2) (nil)\n3) (empty array)");
    assertThat(human.text(MAP))
        .isEqualTo(
            """
            1) a => (integer) 1
            2) b =>
               1) x
               2) 1) (integer) 1
                  2) (nil)
               3) (empty array)\
            """);
  }

  @Test
  void aTerminalIsSparedBytesThatCouldUpsetIt() {
    assertThat(human.text(BYTES)).isEqualTo("a\\x00\\xff\\x1b[1m\nz");
    assertThat(human.text(new Reply.Array(List.of(BYTES)))).isEqualTo("1) a\\x00\\xff\\x1b[1m\\nz");
    assertThat(human.text(Reply.bulk("a\u202eb"))).isEqualTo("a\\xe2\\x80\\xaeb");
  }

  @Test
  void withoutATerminalBytesStayAsTheyAre() {
    byte[] value = ((Reply.Bulk) BYTES).value();
    assertThat(new HumanFormat(false).format(BYTES)).isEqualTo(value);
    assertThat(new RawFormat().format(BYTES)).isEqualTo(value);
  }

  @Test
  void rawPutsItemsOnLines() {
    assertThat(new RawFormat().text(NESTED)).isEqualTo("x\n1\n\n");
    assertThat(new RawFormat().text(Reply.NIL)).isEmpty();
  }

  @Test
  void jsonIsOneLine() {
    ReplyFormat json = new JsonFormat();
    assertThat(json.text(MAP)).isEqualTo("{\"a\":1,\"b\":[\"x\",[1,null],[]]}");
    assertThat(json.text(new Reply.Failure("ERR no"))).isEqualTo("{\"error\":\"ERR no\"}");
    assertThat(json.text(BYTES)).isEqualTo("{\"base64\":\"YQD/G1sxbQp6\"}");
    assertThat(new String(json.format(Reply.OK), StandardCharsets.UTF_8)).isEqualTo("\"OK\"");
  }
}
