package kvstore.server.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kvstore.engine.command.Outcome;
import kvstore.server.shard.Recollection.Fate;
import kvstore.server.shard.Recollection.Found;
import org.junit.jupiter.api.Test;

class RecollectionTest {

  private final Recollection recollection = new Recollection();

  @Test
  void outcomesAreFoundByIdentity() {
    recollection.add(5, 10, new Outcome.Int(1));
    recollection.add(6, 10, Outcome.OK);
    assertThat(recollection.find(5, 0)).isEqualTo(new Found(Fate.APPLIED, new Outcome.Int(1)));
    assertThat(recollection.find(6, 0)).isEqualTo(new Found(Fate.APPLIED, Outcome.OK));
    assertThat(recollection.find(7, 0).fate()).isEqualTo(Fate.NOT_APPLIED);
  }

  @Test
  void whatCannotBeHeldForLongIsForgottenAndNotTakenForNotApplied() {
    for (int i = 1; i <= Recollection.MOST + 3; i++) {
      recollection.add(i, 2L * i, Outcome.OK);
    }
    assertThat(recollection.find(3, 0).fate()).isEqualTo(Fate.FORGOTTEN);
    assertThat(recollection.find(4, 0).fate()).isEqualTo(Fate.APPLIED);
    assertThat(recollection.find(Recollection.MOST + 3, 0).fate()).isEqualTo(Fate.APPLIED);
    assertThat(recollection.find(-1, 5).fate()).isEqualTo(Fate.FORGOTTEN);
    assertThat(recollection.find(-1, 6).fate()).isEqualTo(Fate.NOT_APPLIED);
  }

  @Test
  void nothingIsKnownOfWhatWasAppliedBeforeTheReplicasStateCame() {
    recollection.add(5, 10, Outcome.OK);
    recollection.restart(40);
    assertThat(recollection.find(5, 9).fate()).isEqualTo(Fate.FORGOTTEN);
    assertThat(recollection.find(5, 40).fate()).isEqualTo(Fate.NOT_APPLIED);
  }

  @Test
  void largeOutcomesAreNotHeld() {
    recollection.add(1, 1, new Outcome.Bytes(new byte[65]));
    recollection.add(2, 1, new Outcome.Many(List.of(Outcome.OK, new Outcome.Bytes(new byte[64]))));
    assertThat(recollection.find(1, 0).fate()).isEqualTo(Fate.APPLIED_SOMEHOW);
    assertThat(recollection.find(2, 0).fate()).isEqualTo(Fate.APPLIED);
  }
}
