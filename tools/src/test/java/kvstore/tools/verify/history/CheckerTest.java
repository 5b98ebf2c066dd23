package kvstore.tools.verify.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import kvstore.tools.verify.history.Operation.Outcome;
import org.junit.jupiter.api.Test;

/** Histories written by hand, good and bad. */
class CheckerTest {

  private final List<Operation> operations = new ArrayList<>();

  private CheckerTest ok(long from, long to, Step step, String reply) {
    operations.add(new Operation(1, List.of(step), List.of(reply), from, to, Outcome.OK));
    return this;
  }

  private CheckerTest unknown(long from, Step step) {
    operations.add(new Operation(2, List.of(step), List.of(), from, from + 1, Outcome.UNKNOWN));
    return this;
  }

  private CheckerTest failed(long from, long to, Step step) {
    operations.add(new Operation(3, List.of(step), List.of(), from, to, Outcome.FAILED));
    return this;
  }

  private Verdict verdict() {
    return new Checker().check(new ObjectHistory(List.of("a", "b"), operations));
  }

  private void isGood() {
    assertThat(verdict()).isInstanceOf(Verdict.Linearizable.class);
  }

  private Verdict.Violation isBad() {
    Verdict verdict = verdict();
    assertThat(verdict).isInstanceOf(Verdict.Violation.class);
    return (Verdict.Violation) verdict;
  }

  @Test
  void nothingAtAllIsGood() {
    isGood();
  }

  @Test
  void aReadMaySeeAWriteThatIsUnderWay() {
    ok(1, 10, Step.set(0, "x"), "OK").ok(2, 3, Step.get(0), "x").ok(4, 5, Step.get(0), "x");
    isGood();
  }

  @Test
  void aReadMayMissAWriteThatIsUnderWay() {
    ok(1, 10, Step.set(0, "x"), "OK").ok(2, 3, Step.get(0), Step.NIL).ok(4, 5, Step.get(0), "x");
    isGood();
  }

  @Test
  void whatOneReaderSawTheNextSeesToo() {
    ok(1, 10, Step.set(0, "x"), "OK").ok(2, 3, Step.get(0), "x").ok(4, 5, Step.get(0), Step.NIL);
    Verdict.Violation found = isBad();
    assertThat(found.possible()).containsExactly("x, (nil)");
    assertThat(found.culprit().replies()).containsExactly(Step.NIL);
    assertThat(found.earlier()).isEqualTo(1);
  }

  @Test
  void anAcknowledgedWriteIsSeen() {
    ok(1, 2, Step.set(0, "x"), "OK").ok(3, 4, Step.get(0), Step.NIL);
    assertThat(isBad().window()).hasSize(2);
  }

  @Test
  void anOldValueDoesNotComeBack() {
    ok(1, 2, Step.set(0, "x"), "OK").ok(3, 4, Step.set(0, "y"), "OK").ok(5, 6, Step.get(0), "x");
    Verdict.Violation found = isBad();
    assertThat(found.window()).hasSize(3);
    assertThat(String.join("\n", found.lines()))
        .contains("SET a x -> OK")
        .contains(" > ")
        .contains("GET a -> x")
        .contains("leaves y, (nil) there");
  }

  @Test
  void concurrentWritesMayComeInAnyOrder() {
    ok(1, 10, Step.set(0, "x"), "OK")
        .ok(1, 10, Step.set(0, "y"), "OK")
        .ok(11, 12, Step.get(0), "x");
    isGood();
  }

  @Test
  void twoReadersAgreeOnTheOrderOfWrites() {
    ok(1, 10, Step.set(0, "x"), "OK")
        .ok(1, 10, Step.set(0, "y"), "OK")
        .ok(2, 3, Step.get(0), "x")
        .ok(4, 5, Step.get(0), "y")
        .ok(6, 7, Step.get(0), "x");
    isBad();
  }

  @Test
  void aWriteOfUnknownOutcomeMayHaveHappened() {
    unknown(1, Step.set(0, "x")).ok(100, 101, Step.get(0), "x");
    isGood();
  }

  @Test
  void aWriteOfUnknownOutcomeMayNeverHaveHappened() {
    unknown(1, Step.set(0, "x")).ok(100, 101, Step.get(0), Step.NIL);
    isGood();
  }

  @Test
  void aWriteOfUnknownOutcomeMayHappenLate() {
    unknown(1, Step.set(0, "x"))
        .ok(10, 11, Step.get(0), Step.NIL)
        .ok(12, 13, Step.set(0, "y"), "OK")
        .ok(14, 15, Step.get(0), "y")
        .ok(16, 17, Step.get(0), "x");
    isGood();
  }

  @Test
  void aWriteOfUnknownOutcomeHappensOnce() {
    unknown(1, Step.set(0, "x"))
        .ok(10, 11, Step.get(0), "x")
        .ok(12, 13, Step.set(0, "y"), "OK")
        .ok(14, 15, Step.get(0), "x");
    isBad();
  }

  @Test
  void aWriteOfUnknownOutcomeDoesNotHappenBeforeItsCall() {
    unknown(20, Step.set(0, "x")).ok(10, 11, Step.get(0), "x");
    isBad();
  }

  @Test
  void onlyAFailedComparisonShowsAWriteOfUnknownOutcome() {
    ok(1, 2, Step.set(0, "x"), "OK");
    unknown(3, Step.set(0, "z"));
    ok(10, 11, Step.compareAndSet(0, "x", "y"), "0");
    isGood();
  }

  @Test
  void aFailedWriteDidNotHappen() {
    failed(1, 2, Step.set(0, "x")).ok(3, 4, Step.get(0), "x");
    isBad();
  }

  @Test
  void countersDoNotSkipAndDoNotRepeat() {
    ok(1, 2, Step.increment(0), "1").ok(3, 4, Step.increment(0), "2");
    isGood();
    ok(5, 6, Step.increment(0), "4");
    isBad();
  }

  @Test
  void incrementsOfUnknownOutcomeFillGaps() {
    for (int i = 0; i < 12; i++) {
      unknown(i, Step.increment(0));
    }
    ok(20, 21, Step.increment(0), "13");
    isGood();
    ok(30, 31, Step.increment(0), "15");
    isBad();
  }

  @Test
  void eachCommandRepliesAsItShould() {
    ok(1, 2, Step.setIfAbsent(0, "x"), "OK")
        .ok(3, 4, Step.setIfAbsent(0, "y"), Step.NIL)
        .ok(5, 6, Step.compareAndSet(0, "x", "z"), "1")
        .ok(7, 8, Step.compareAndSet(1, "x", "z"), "-1")
        .ok(9, 10, Step.compareAndDelete(0, "x"), "0")
        .ok(11, 12, Step.increment(0), Step.NOT_AN_INTEGER)
        .ok(13, 14, Step.append(0, "12"), "3")
        .ok(15, 16, Step.get(0), "z12")
        .ok(17, 18, Step.compareAndDelete(0, "z12"), "1")
        .ok(19, 20, Step.delete(0), "0")
        .ok(21, 22, Step.append(0, "9"), "1")
        .ok(23, 24, Step.increment(0), "10")
        .ok(25, 26, Step.delete(0), "1");
    isGood();
  }

  @Test
  void aTransactionHappensAsOne() {
    operations.add(
        new Operation(
            1,
            List.of(Step.set(0, "x"), Step.set(1, "x")),
            List.of("OK", "OK"),
            1,
            10,
            Outcome.OK));
    ok(2, 3, Step.get(0), "x");
    isGood();
    ok(4, 5, Step.get(1), Step.NIL);
    isBad();
  }
}
