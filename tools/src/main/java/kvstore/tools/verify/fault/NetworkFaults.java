package kvstore.tools.verify.fault;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Links between nodes that fail. */
final class NetworkFaults {

  private static final long MILLI = 1_000_000;

  private final Stage stage;
  private final PeerNetwork network;

  NetworkFaults(Stage stage) {
    this.stage = stage;
    this.network = stage.network();
  }

  /** Links whose one end leads: on those there is always traffic. */
  private boolean busy;

  private Touched before = Touched.NOTHING;
  private int leader = -1;

  /** What is done to one direction of one link. */
  private interface OnLink {
    void apply(int from, int to);
  }

  /** To be called first: what the fault does from here on is its own. */
  NetworkFaults beginning() {
    leader = stage.leader();
    busy = false;
    before = network.touched();
    return this;
  }

  private void cut(int from, int to) {
    note(from, to);
    network.cut(from, to);
  }

  private void note(int from, int to) {
    busy |= from == leader || to == leader;
  }

  /**
   * What is wrong if a fault did nothing: nobody was tested.
   *
   * @param busy whether it was done to a link on which there is always traffic
   */
  static @Nullable String findingOf(String what, boolean busy, Touched done) {
    return busy && done.equals(Touched.NOTHING)
        ? what + " touched nothing: the proxy is not between the nodes"
        : null;
  }

  Injection isolate() {
    int node = stage.someNode();
    String what = "isolate " + stage.described(node);
    aroundOf(node, this::cut);
    return healing(what);
  }

  Injection oneWay() {
    int from = stage.someNode();
    String sender = stage.described(from);
    if (stage.random().nextBoolean()) {
      others(from).forEach(to -> cut(from, to));
      return healing("cut what " + sender + " sends");
    }
    List<Integer> others = others(from);
    int to = others.get(stage.random().nextInt(others.size()));
    cut(from, to);
    return healing("cut what " + sender + " sends to " + stage.name(to));
  }

  Injection halves() {
    List<Integer> order = stage.shuffled();
    int smaller = 1 + stage.random().nextInt(Math.max(1, stage.size() / 2));
    return apart(order.subList(0, smaller), order.subList(smaller, order.size()), "");
  }

  Injection bridge() {
    List<Integer> order = stage.shuffled();
    int bridge = order.remove(0);
    int half = order.size() / 2;
    return apart(
        order.subList(0, half),
        order.subList(half, order.size()),
        ", " + stage.name(bridge) + " between");
  }

  private Injection apart(List<Integer> left, List<Integer> right, String more) {
    for (int one : left) {
      for (int other : right) {
        cut(one, other);
        cut(other, one);
      }
    }
    return healing("split " + names(left) + " | " + names(right) + more);
  }

  Injection delay() {
    long millis = 10 + stage.random().nextInt(71);
    return onSome(
        "delay " + millis + " ms",
        (a, b) -> {
          note(a, b);
          network.delay(a, b, millis * MILLI);
        });
  }

  Injection throttle() {
    int node = stage.someNode();
    long rate = 20 + stage.random().nextInt(181);
    String what = "throttle " + stage.described(node) + " to " + rate + " kB/s";
    aroundOf(
        node,
        (from, to) -> {
          note(from, to);
          network.throttle(from, to, rate * 1_000);
        });
    return healing(what);
  }

  Injection reset() {
    boolean all = stage.random().nextBoolean();
    int node = stage.someNode();
    String what = all ? "reset all links" : "reset links of " + stage.described(node);
    busy = true; // every node talks to the leader
    return new Healing(what) {

      @Override
      public void tick() {
        for (int one = 0; one < stage.size(); one++) {
          for (int other = one + 1; other < stage.size(); other++) {
            if (all || one == node || other == node) {
              network.reset(one, other);
            }
          }
        }
      }
    };
  }

  private Injection onSome(String what, OnLink action) {
    if (stage.random().nextBoolean()) {
      for (int node = 0; node < stage.size(); node++) {
        int from = node;
        others(node).forEach(to -> action.apply(from, to));
      }
      return healing(what + " everywhere");
    }
    int node = stage.someNode();
    String name = stage.described(node);
    aroundOf(node, action);
    return healing(what + " around " + name);
  }

  private void aroundOf(int node, OnLink action) {
    for (int other : others(node)) {
      action.apply(node, other);
      action.apply(other, node);
    }
  }

  private List<Integer> others(int node) {
    return stage.names().stream()
        .map(stage.names()::indexOf)
        .filter(other -> other != node)
        .toList();
  }

  private String names(List<Integer> nodes) {
    return nodes.stream().map(stage::name).sorted().collect(Collectors.joining(" "));
  }

  private Injection healing(String what) {
    return new Healing(what);
  }

  private class Healing implements Injection {
    private final String what;
    private @Nullable Touched done;
    private @Nullable String finding;

    Healing(String what) {
      this.what = what;
    }

    @Override
    public String what() {
      return done == null ? what : what + ": " + done;
    }

    @Override
    public @Nullable String finding() {
      return finding;
    }

    @Override
    public void end() {
      Touched all = network.touched().since(before);
      done = all;
      finding = findingOf(what, busy, all);
      network.heal();
    }
  }
}
