package kvstore.tools.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A node as a child process. It stops when we do, however we end: its standard input is a pipe of
 * ours. Any thread.
 */
final class LocalNode {

  private static final long OLD_LOG = 8 << 20;
  private static final int TAIL_BYTES = 4_096;
  private static final int TAIL_LINES = 12;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  /** Ctrl-C reaches every process of the terminal; whether a node stops is for us to say. */
  private static final List<String> UNINTERRUPTED =
      List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh");

  private final NodeSettings settings;
  private final Process process;

  /** Where this run begins in the log. */
  private final long logStart;

  private final AtomicBoolean explained = new AtomicBoolean();
  private volatile boolean stopping;
  private volatile boolean paused;

  private LocalNode(NodeSettings settings, Process process, long logStart) {
    this.settings = settings;
    this.process = process;
    this.logStart = logStart;
  }

  static LocalNode start(NodeSettings settings) throws IOException {
    return start(settings, Map.of());
  }

  /**
   * @param more variables that this run finds besides those of its settings
   */
  static LocalNode start(NodeSettings settings, Map<String, String> more) throws IOException {
    Path log = settings.logFile();
    Files.createDirectories(log.getParent());
    if (Files.exists(log) && Files.size(log) > OLD_LOG) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
    long logStart = Files.exists(log) ? Files.size(log) : 0;
    List<String> words = new ArrayList<>(UNINTERRUPTED);
    words.addAll(NodeProgram.words());
    words.addAll(settings.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().putAll(settings.environment());
    builder.environment().putAll(more);
    Process process = builder.start();
    return new LocalNode(settings, process, logStart);
  }

  NodeSettings settings() {
    return settings;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Runs {@code action} if the node stops without being told to. */
  void onUnexpectedExit(Runnable action) {
    CompletableFuture<Process> exit = process.onExit();
    exit.whenComplete((ended, error) -> {
      if (!stopping) {
        action.run();
      }
    });
  }

  /** What became of it; with the end of its log when asked first. */
  String epitaph() {
    String what =
        "node "
            + settings.name()
            + " has stopped"
            + (process.isAlive() ? "" : " with exit code " + process.exitValue());
    return explained.compareAndSet(false, true)
        ? what + "; the end of " + settings.logFile() + ":\n" + logTail()
        : what + "; its log is " + settings.logFile();
  }

  private String logTail() {
    try (RandomAccessFile file = new RandomAccessFile(settings.logFile().toFile(), "r")) {
      long from = Math.max(logStart, file.length() - TAIL_BYTES);
      file.seek(from);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.readFully(bytes);
      List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      int first = Math.max(from > logStart ? 1 : 0, lines.size() - TAIL_LINES);
      return String.join("\n", lines.subList(Math.min(first, lines.size()), lines.size()));
    } catch (IOException e) {
      return "(can not be read: " + e.getMessage() + ")";
    }
  }

  /** SIGKILL; returns when it is gone. */
  void kill() throws InterruptedException {
    stopping = true;
    process.destroyForcibly().waitFor();
  }

  void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " " + pid() + " failed: is the node gone?");
    }
    paused = name.equals("STOP");
  }

  /** It could not stop otherwise. */
  private void resume() {
    try {
      signal("CONT");
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Asks it to stop; {@link #awaitStop} waits for it. */
  void stop() {
    stopping = true;
    process.destroy();
    if (paused) {
      resume();
    }
  }

  /** Kills what does not stop in time: what was acknowledged is on disk. */
  void awaitStop() {
    try {
      if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        System.err.println(
            "kv_store: node " + settings.name() + " did not stop in time and was killed");
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
