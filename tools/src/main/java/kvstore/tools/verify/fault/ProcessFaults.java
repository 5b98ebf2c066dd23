package kvstore.tools.verify.fault;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Nodes that die or fall silent. */
final class ProcessFaults {

  private final Stage stage;

  ProcessFaults(Stage stage) {
    this.stage = stage;
  }

  Injection kill() throws InterruptedException {
    int node = stage.someNode();
    return kill("kill " + stage.described(node), List.of(node));
  }

  Injection killMajority() throws InterruptedException {
    List<Integer> nodes = stage.shuffled().subList(0, stage.size() / 2 + 1);
    String names = nodes.stream().map(stage::name).sorted().collect(Collectors.joining(", "));
    return kill("kill " + names, nodes);
  }

  Injection killAll() throws InterruptedException {
    return kill("kill all " + stage.size(), stage.shuffled());
  }

  private Injection kill(String what, List<Integer> nodes) throws InterruptedException {
    for (int node : nodes) {
      stage.cluster().kill(node);
    }
    return new Injection() {
      @Override
      public String what() {
        return what;
      }

      @Override
      public void end() throws IOException {
        for (int node : nodes) {
          stage.cluster().restart(node);
        }
      }
    };
  }

  Injection pause() throws IOException, InterruptedException {
    int node = stage.someNode();
    String what = "pause " + stage.described(node);
    stage.cluster().pause(node);
    return new Injection() {
      @Override
      public String what() {
        return what;
      }

      @Override
      public void end() throws IOException, InterruptedException {
        stage.cluster().resume(node);
      }
    };
  }
}
