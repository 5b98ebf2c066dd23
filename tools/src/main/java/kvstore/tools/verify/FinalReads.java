package kvstore.tools.verify;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kvstore.tools.Endpoint;
import kvstore.tools.RespConnection;
import kvstore.tools.verify.history.Operation;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;

/** Reads every key once more, so that whatever was lost shows in the history. */
final class FinalReads {

  /** The number of the client that reads last. */
  static final int CLIENT = -1;

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MOST_TRIES = 20;

  private final List<Endpoint> nodes;

  FinalReads(List<Endpoint> nodes) {
    this.nodes = nodes;
  }

  /** Reads through the nodes in turn; how many keys could not be read. */
  int read(List<TestObject> objects) throws InterruptedException {
    List<TestObject> left = new ArrayList<>(objects);
    for (int attempt = 0; attempt < MOST_TRIES && !left.isEmpty(); attempt++) {
      Endpoint node = nodes.get(attempt % nodes.size());
      try (RespConnection connection = RespConnection.open(node, null, TIMEOUT, TIMEOUT)) {
        int share = attempt < nodes.size() ? left.size() / (nodes.size() - attempt) : left.size();
        List<TestObject> some = left.subList(0, share);
        while (!some.isEmpty() && read(connection, some.get(0))) {
          some.remove(0);
        }
      } catch (IOException e) {
        Thread.sleep(200); // the next node, then
      }
    }
    return left.size();
  }

  private static boolean read(RespConnection connection, TestObject object) throws IOException {
    for (int key = 0; key < object.keys().size(); key++) {
      List<Step> steps = List.of(Step.get(key));
      long invoked = System.nanoTime();
      Asked asked = Asked.ask(connection, object.keys(), steps);
      if (asked.outcome() != Outcome.OK) {
        return false;
      }
      object.add(
          new Operation(CLIENT, steps, asked.replies(), invoked, System.nanoTime(), Outcome.OK));
    }
    return true;
  }
}
