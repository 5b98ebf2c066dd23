package kvstore.tools.stress;

import static kvstore.tools.stress.Ledger.Finding.EXPECTED;
import static kvstore.tools.stress.Ledger.Finding.LOST;
import static kvstore.tools.stress.Ledger.Finding.UNKNOWN_APPLIED;
import static kvstore.tools.stress.Ledger.Finding.WRONG;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LedgerTest {

  private final Ledger ledger = new Ledger(1);

  @Test
  void whatWasAcknowledgedLastMustBeThere() {
    assertThat(ledger.read(0, Ledger.NIL)).isEqualTo(EXPECTED);
    acknowledge();
    acknowledge();
    assertThat(ledger.read(0, 2)).isEqualTo(EXPECTED);
    assertThat(ledger.read(0, 1)).isEqualTo(LOST);
    assertThat(ledger.read(0, Ledger.NIL)).isEqualTo(LOST);
    assertThat(ledger.read(0, 3)).isEqualTo(WRONG);
  }

  @Test
  void anUnknownWriteMayShowOnceAndThenStays() {
    acknowledge();
    unknown();
    assertThat(ledger.read(0, 1)).isEqualTo(EXPECTED);
    assertThat(ledger.read(0, 2)).isEqualTo(UNKNOWN_APPLIED);
    assertThat(ledger.read(0, 2)).isEqualTo(EXPECTED);
    assertThat(ledger.read(0, 1)).isEqualTo(LOST);
  }

  @Test
  void anUnknownWriteMayTakeEffectAfterALaterOne() {
    acknowledge();
    unknown();
    acknowledge();
    assertThat(ledger.read(0, 3)).isEqualTo(EXPECTED);
    assertThat(ledger.read(0, 2)).isEqualTo(UNKNOWN_APPLIED);
    assertThat(ledger.read(0, 3)).isEqualTo(WRONG);
  }

  @Test
  void aRefusedWriteMustNotShow() {
    acknowledge();
    ledger.nextVersion(0);
    assertThat(ledger.read(0, 2)).isEqualTo(WRONG);
    acknowledge();
    assertThat(ledger.read(0, 2)).isEqualTo(LOST);
  }

  private void acknowledge() {
    ledger.acknowledged(0, ledger.nextVersion(0));
  }

  private void unknown() {
    ledger.unknown(0, ledger.nextVersion(0));
  }
}
