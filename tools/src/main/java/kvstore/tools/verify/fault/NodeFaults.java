package kvstore.tools.verify.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A disk that refuses, a clock that is wrong, a heap that is small: the node itself runs on. */
final class NodeFaults {

  /** What a clock may be off by itself, and by the time it takes to ask. */
  private static final long CLOCK_TOLERANCE_MILLIS = 700;

  /**
   * How long a fault of a disk waits for a write to meet it. A node whose log refused writes just
   * before makes none until its keeper has opened the log again.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final Stage stage;

  NodeFaults(Stage stage) {
    this.stage = stage;
  }

  Injection diskFull() {
    int node = stage.someHolder();
    return disk("disk of " + stage.described(node) + " full", List.of(node), "full");
  }

  Injection diskFullEverywhere() {
    return disk("all disks full", stage.shuffled(), "full");
  }

  Injection diskErrors() {
    int node = stage.someHolder();
    String order = stage.random().nextBoolean() ? "write-error" : "sync-error";
    return disk(order + " on the disk of " + stage.described(node), List.of(node), order);
  }

  Injection diskSlow() {
    int node = stage.someHolder();
    int millis = 20 + stage.random().nextInt(181);
    String what = "disk of " + stage.described(node) + " " + millis + " ms slower";
    return disk(what, List.of(node), "slow " + millis);
  }

  private Injection disk(String what, List<Integer> nodes, String order) {
    List<Long> logged = nodes.stream().map(this::logSize).toList();
    nodes.forEach(node -> NodeControls.setDisk(directory(node), order));
    return new Injection() {
      private @Nullable String finding;

      @Override
      public String what() {
        return what;
      }

      @Override
      public @Nullable String finding() {
        return finding;
      }

      @Override
      public void end() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean inForce = isInForce();
        while (!inForce && System.nanoTime() < deadline) {
          Thread.sleep(LOOK_AGAIN.toMillis());
          inForce = isInForce();
        }
        for (int node : nodes) {
          NodeControls.setDisk(directory(node), "");
        }
        finding = inForce ? null : what + " touched nothing: no write met it";
      }

      private boolean isInForce() throws IOException {
        for (int i = 0; i < nodes.size(); i++) {
          if (hasLogged(nodes.get(i), logged.get(i), "FAULT INJECTION: " + order)) {
            return true;
          }
        }
        return false;
      }
    };
  }

  Injection clockJump() throws IOException {
    int node = stage.someNode();
    int seconds = 2 + stage.random().nextInt(stage.random().nextBoolean() ? 10 : 3_600);
    boolean forward = stage.random().nextBoolean();
    return clock(
        "clock of " + stage.described(node) + " jumps " + (forward ? "+" : "-") + seconds + " s",
        node,
        (forward ? "+" : "-") + seconds + "s");
  }

  /** A clock too fast or too slow is one that is shifted again and again. */
  Injection clockRate() throws IOException {
    int node = stage.someNode();
    double rate = stage.random().nextBoolean() ? 2 : 0.5;
    Injection shifted = clock("clock of " + stage.described(node) + " runs at " + rate, node, "+0");
    long began = System.nanoTime();
    return new Injection() {
      @Override
      public String what() {
        return shifted.what();
      }

      @Override
      public void tick() {
        double ahead = (System.nanoTime() - began) / 1e9 * (rate - 1);
        NodeControls.setClock(directory(node), String.format(Locale.ROOT, "%+.2fs", ahead));
      }

      @Override
      public @Nullable String finding() {
        return shifted.finding();
      }

      @Override
      public void end() throws IOException, InterruptedException {
        shifted.end();
      }
    };
  }

  private Injection clock(String what, int node, String shift) throws IOException {
    long before = offMillis(node);
    NodeControls.setClock(directory(node), shift);
    return new Injection() {
      private @Nullable String finding;

      @Override
      public String what() {
        return what;
      }

      @Override
      public @Nullable String finding() {
        return finding;
      }

      @Override
      public void end() throws IOException {
        finding =
            Math.abs(offMillis(node) - before) < CLOCK_TOLERANCE_MILLIS
                ? what + " touched nothing: the node tells the time as before"
                : null;
        NodeControls.resetClock(directory(node));
      }
    };
  }

  /** How far the node's clock is ahead of ours. */
  private long offMillis(int node) throws IOException {
    return stage.wallClockMillis(node) - System.currentTimeMillis();
  }

  /** A heap in which it can hardly work; that it dies of it is allowed. */
  Injection tightMemory() throws IOException, InterruptedException {
    int node = stage.someNode();
    int megabytes = 32 + stage.random().nextInt(33);
    String what = "kill " + stage.described(node) + ", " + megabytes + " MB of heap";
    stage.cluster().kill(node);
    stage.cluster().restart(node, Map.of("_JAVA_OPTIONS", "-Xmx" + megabytes + "m"));
    return new Injection() {
      private String result = "";

      @Override
      public String what() {
        return what + result;
      }

      @Override
      public void end() throws IOException, InterruptedException {
        result =
            stage.isWell(node)
                ? ": it serves"
                : stage.cluster().isAlive(node) ? ": it does not serve yet" : ": it died";
        stage.cluster().kill(node);
        stage.cluster().restart(node);
      }
    };
  }

  private Path directory(int node) {
    return stage.cluster().directory(node);
  }

  private long logSize(int node) {
    return stage.cluster().logFile(node).toFile().length();
  }

  private boolean hasLogged(int node, long from, String text) throws IOException {
    Path log = stage.cluster().logFile(node);
    byte[] all = Files.readAllBytes(log);
    int start = all.length < from ? 0 : (int) from; // shorter: a new log has been begun
    return new String(all, start, all.length - start, java.nio.charset.StandardCharsets.UTF_8)
        .contains(text);
  }
}
