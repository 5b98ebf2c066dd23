package kvstore.tools.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class StateTextTest {

  private static final String TWO_NODES =
      """
      {"cluster":"c1","version":7,"directory":{"leader":"n1","term":2},
       "settings":{"replicas":3,"balance":true},
       "nodes":[
        {"id":"n1","host":"127.0.0.1","port":7379,"zone":"","status":"active","release":"0.1.0",
         "down":false,"replicas":1,"leaders":1,"bytes":2048,"opsPerSecond":12},
        {"id":"n2","host":"127.0.0.1","port":7380,"zone":"east","status":"active","release":"",
         "down":true,"downSinceMs":1000,"replicas":1,"leaders":0,"bytes":0,"opsPerSecond":0}],
       "shards":[
        {"number":1,"firstSlot":0,"lastSlot":16383,"leader":"n1","term":3,"bytes":2048,
         "opsPerSecond":12,"settled":%s,
         "replicas":[{"node":"n1","wanted":"voter","actual":"voter"},
                     {"node":"n2","wanted":"learner","actual":"none"}]}],
       "balancer":{"doing":"","waiting":"","last":[]}}
      """;

  private static StateText of(boolean settled) {
    try {
      JsonNode state = new ObjectMapper().readTree(String.format(TWO_NODES, settled));
      return new StateText(state);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void showsNodesInColumns() {
    assertThat(of(true).nodes().lines())
        .first()
        .isEqualTo(
            "NODE  ADDRESS         ZONE  STATE                RELEASE  REPLICAS  LEADS     DATA  OPS/S");
    assertThat(of(true).nodes())
        .contains("n1    127.0.0.1:7379  -     up ")
        .contains("2.0 KiB     12")
        .contains("n2    127.0.0.1:7380  east  down since ");
  }

  @Test
  void showsWhereAReplicaIsOnItsWay() {
    assertThat(of(false).shards())
        .contains("0-16383")
        .contains("n1, n2 (joining)")
        .contains("moving");
    assertThat(of(true).shards()).contains("ok");
  }

  @Test
  void saysInTheFirstLineWhetherAllIsSettled() {
    assertThat(of(true).status()).startsWith("Cluster c1: 1 of 2 nodes up, 1 shards, settled.");
    assertThat(of(false).status()).startsWith("Cluster c1: 1 of 2 nodes up, 1 shards, changing.");
    assertThat(of(true).isSettled()).isTrue();
    assertThat(of(false).isSettled()).isFalse();
  }
}
