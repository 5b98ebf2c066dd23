package kvstore.server.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import kvstore.server.directory.DirectoryCommand.AbortSplit;
import kvstore.server.directory.DirectoryCommand.AddNode;
import kvstore.server.directory.DirectoryCommand.BeginSplit;
import kvstore.server.directory.DirectoryCommand.ChangeSetting;
import kvstore.server.directory.DirectoryCommand.FinishSplit;
import kvstore.server.directory.DirectoryCommand.ForgetReplica;
import kvstore.server.directory.DirectoryCommand.MarkDown;
import kvstore.server.directory.DirectoryCommand.MarkUp;
import kvstore.server.directory.DirectoryCommand.SetNode;
import kvstore.server.directory.DirectoryCommand.SetStatus;
import kvstore.server.directory.DirectoryCommand.WantReplicas;
import kvstore.server.directory.NodeEntry.Status;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransitionTest {

  private ClusterState state = Transition.EMPTY;

  @BeforeEach
  void found() throws DirectoryException {
    state = States.founded(4);
  }

  private void apply(DirectoryCommand command) throws DirectoryException {
    state = Transition.apply(state, command, state.version() + 1);
  }

  private void refuses(DirectoryCommand command, String why) {
    ClusterState before = state;
    assertThatThrownBy(() -> apply(command))
        .isInstanceOfSatisfying(
            DirectoryException.class,
            e -> assertThat(e.reason()).isEqualTo(DirectoryException.Reason.REFUSED))
        .hasMessageContaining(why);
    assertThat(state).isSameAs(before);
  }

  private ShardEntry shard(int number) {
    return Objects.requireNonNull(state.shard(number));
  }

  private NodeEntry node(int number) {
    return Objects.requireNonNull(state.node(States.id(number)));
  }

  @Test
  void aClusterIsFoundedOnce() {
    assertThat(state.version()).isEqualTo(1);
    assertThat(state.nextShard()).isEqualTo(2);
    refuses(States.founding(1), "has been founded");
  }

  @Test
  void whatIsSoAlreadyMakesNoNewVersion() throws DirectoryException {
    apply(new MarkDown(States.id(2), 50));
    long version = state.version();
    apply(new MarkDown(States.id(2), 70));
    assertThat(state.version()).isEqualTo(version);
    assertThat(node(2).downSinceMs()).isEqualTo(50);
    apply(new MarkUp(States.id(2)));
    assertThat(node(2).isDown()).isFalse();
    assertThat(state.version()).isEqualTo(version + 1);
  }

  @Test
  void idsAndAddressesAreUnique() throws DirectoryException {
    refuses(new AddNode(States.node(1)), "in use");
    NodeEntry same = States.node(1);
    NodeEntry elsewhere =
        new NodeEntry(States.id(9), same.host(), 1, 2, same.peerPort(), "", Status.ACTIVE, "", 0);
    refuses(new AddNode(elsewhere), "h1:17000 is another node's");
    refuses(new SetNode(States.id(2), "h1", 7000, 1, 2, "", ""), "h1:7000 is another node's");
    apply(new SetNode(States.id(2), "h2", 7001, 1, 2, "east", "0.2.0"));
    assertThat(node(2).zone()).isEqualTo("east");
    refuses(new MarkDown(States.id(7), 1), "expected a node of the cluster");
  }

  @Test
  void aNodeGoesOutOnlyEmptyAndForEver() throws DirectoryException {
    refuses(new SetStatus(States.id(1), Status.OUT), "names it");
    apply(new SetStatus(States.id(4), Status.LEAVING));
    apply(new SetStatus(States.id(4), Status.OUT));
    refuses(new SetStatus(States.id(4), Status.ACTIVE), "does not come back");
    refuses(new AddNode(States.node(4)), "is out; choose another");
    apply(new SetStatus(States.id(2), Status.LEAVING));
    apply(new SetStatus(States.id(2), Status.ACTIVE));
    apply(new SetStatus(States.id(2), Status.LEAVING));
    apply(new SetStatus(States.id(3), Status.LEAVING));
    refuses(new SetStatus(States.id(1), Status.LEAVING), "another active node");
  }

  @Test
  void replicasAreWantedOnlyByWhoKnowsTheShardAsItIs() throws DirectoryException {
    ShardEntry old = shard(1);
    List<ReplicaEntry> wanted =
        List.of(States.voter(1), States.voter(2), States.leaving(3), States.voter(4));
    refuses(new WantReplicas(old, List.of(States.voter(1), States.voter(2))), "LEAVING first");
    refuses(new WantReplicas(old, List.of()), "expected a voter");
    apply(new WantReplicas(old, wanted));
    refuses(new WantReplicas(old, wanted), "unchanged");
    refuses(new ForgetReplica(1, States.id(2)), "to be LEAVING");
    apply(new ForgetReplica(1, States.id(3)));
    assertThat(shard(1).replica(States.id(3))).isNull();
    apply(new SetStatus(States.id(3), Status.LEAVING));
    refuses(
        new WantReplicas(
            shard(1), List.of(States.voter(1), States.voter(2), States.voter(4), States.voter(3))),
        "active node");
  }

  @Test
  void aSplitEndsInTwoShardsOrInNone() throws DirectoryException {
    refuses(new BeginSplit(0, 2, 5), "the directory has none");
    refuses(new BeginSplit(1, 3, 5), "expected 2 for the next shard");
    refuses(new BeginSplit(1, 2, 0), "expected a slot of 1 to 16383");
    refuses(new FinishSplit(1), "to be splitting");
    apply(new BeginSplit(1, 2, 8192));
    refuses(new WantReplicas(shard(1), shard(1).replicas()), "it splits into 2");
    apply(new AbortSplit(1));
    apply(new BeginSplit(1, 3, 8192));
    apply(new FinishSplit(1));
    assertThat(shard(1).lastSlot()).isEqualTo(8191);
    assertThat(shard(3).firstSlot()).isEqualTo(8192);
    assertThat(shard(3).lastSlot()).isEqualTo(16_383);
    assertThat(shard(3).replicas()).isEqualTo(shard(1).replicas());
    assertThat(state.nextShard()).isEqualTo(4);
  }

  @Test
  void settingsAreChecked() throws DirectoryException {
    apply(new ChangeSetting("replicas", "5"));
    apply(new ChangeSetting("shards-per-node", "4"));
    apply(new ChangeSetting("spread-min-bytes", "0"));
    apply(new ChangeSetting("split-bytes", "2097152"));
    apply(new ChangeSetting("split-ops", "9"));
    apply(new ChangeSetting("replace-after-ms", "5000"));
    apply(new ChangeSetting("copy-bytes-per-second", "1048576"));
    apply(new ChangeSetting("balance", "false"));
    assertThat(state.settings())
        .isEqualTo(new Settings(5, 4, 0, 2_097_152, 9, 5_000, 1_048_576, false));
    refuses(new ChangeSetting("replicas", "2"), "odd");
    refuses(new ChangeSetting("shards-per-node", "many"), "of 1 to 64");
    refuses(new ChangeSetting("spread-min-bytes", "-1"), "expected spread-min-bytes of 0 to ");
    refuses(new ChangeSetting("spread-min-bytes", "16MiB"), "but got '16MiB'");
    refuses(new ChangeSetting("balance", "maybe"), "true or false");
    refuses(new ChangeSetting("colour", "red"), "expected a setting of");
  }
}
