package kvstore.testkit.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import kvstore.protocol.Reply;
import org.junit.jupiter.api.Test;

class ScriptTest {

  @Test
  void commandsAndRepliesAreToldApart() {
    Script script =
        Script.parse("s", List.of("# why", "", "> GET a", "\"1\"", "c1> GET b", "(nil)"));
    assertThat(script.steps()).extracting(Step::client).containsExactly("", "c1");
    assertThat(script.steps()).extracting(Step::line).containsExactly(3, 5);
    assertThat(script.steps().get(1).expected()).containsExactly("(nil)");
  }

  @Test
  void joinedCommandsAreOneStep() {
    Script script = Script.parse("s", List.of(">> PING", "> PING", "PONG", "PONG"));
    assertThat(script.steps()).hasSize(1);
    assertThat(script.steps().get(0).requests()).hasSize(2);
  }

  @Test
  void marksGoWithTheNextCommandOnly() {
    Script script = Script.parse("s", List.of("@own", "> PING", "PONG", "> PING", "PONG"));
    assertThat(script.steps().get(0).marks()).containsExactly(Step.Mark.OWN);
    assertThat(script.steps().get(1).marks()).isEmpty();
  }

  @Test
  void aCommandWithoutItsReplyIsRefused() {
    assertThatThrownBy(() -> Script.parse("s", List.of("> PING", "> PING", "PONG")))
        .hasMessageContaining("1: expected a reply");
  }

  @Test
  void wordsAreQuotedAsInAShell() {
    assertThat(Words.split("SET 'two words' \"\\x00\\n\\\"\" repeat(ab,3)"))
        .extracting(word -> new String(word, StandardCharsets.ISO_8859_1))
        .containsExactly("SET", "two words", "\0\n\"", "ababab");
  }

  @Test
  void repliesLookAsInRedisCli() {
    Reply nested = new Reply.Array(List.of(Reply.bulk("0"), new Reply.Array(List.of(Reply.OK))));
    assertThat(Rendering.lines(nested)).containsExactly("1) \"0\"", "2) 1) OK");
    assertThat(Rendering.lines(Reply.NIL)).containsExactly("(nil)");
    assertThat(Rendering.lines(Reply.NIL_ARRAY)).containsExactly("(nil array)");
    assertThat(Rendering.lines(new Reply.Bulk(new byte[] {0, '"', -1})))
        .containsExactly("\"\\x00\\\"\\xff\"");
  }

  @Test
  void expectationsMayBeRangesPatternsOrOpenEnded() {
    assertThat(Expectation.met(List.of("(integer) 5..7"), List.of("(integer) 6"), false)).isTrue();
    assertThat(Expectation.met(List.of("(integer) 5..7"), List.of("(integer) 8"), false)).isFalse();
    assertThat(Expectation.met(List.of("/\\d+/"), List.of("12"), false)).isTrue();
    assertThat(Expectation.met(List.of("a", "..."), List.of("a", "b", "c"), false)).isTrue();
    assertThat(Expectation.met(List.of("a"), List.of("a", "b"), false)).isFalse();
    assertThat(Expectation.met(List.of("1) a", "2) b"), List.of("1) b", "2) a"), true)).isTrue();
  }
}
