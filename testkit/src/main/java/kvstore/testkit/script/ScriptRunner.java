package kvstore.testkit.script;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvstore.protocol.Reply;

/**
 * Plays scripts to a server, or to the nodes of a cluster in turn: each new client connects to the
 * next address. The data is flushed before each script.
 */
public final class ScriptRunner {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofMillis(5);

  private final List<InetSocketAddress> addresses;
  private final boolean own;

  /**
   * @param addresses of one cluster's nodes
   * @param own whether the server is ours, so that steps marked {@code @own} are played
   */
  public ScriptRunner(List<InetSocketAddress> addresses, boolean own) {
    this.addresses = List.copyOf(addresses);
    this.own = own;
  }

  /**
   * Plays one script.
   *
   * @throws AssertionError at the first reply that is not as expected
   */
  public void play(Script script) throws IOException {
    try (Session session = start()) {
      for (Step step : script.steps()) {
        if (own || !step.marks().contains(Step.Mark.OWN)) {
          session.play(script.name(), step);
        }
      }
    }
  }

  /** Connects and flushes the data. */
  Session start() throws IOException {
    Session session = new Session();
    session.client("").call("FLUSHALL");
    return session;
  }

  /** The connections of one script. */
  final class Session implements AutoCloseable {
    private final Map<String, RespClient> clients = new LinkedHashMap<>();

    RespClient client(String name) throws IOException {
      RespClient client = clients.get(name);
      if (client == null) {
        client = new RespClient(addresses.get(clients.size() % addresses.size()), PATIENCE);
        clients.put(name, client);
      }
      return client;
    }

    void play(String script, Step step) throws IOException {
      boolean unordered = step.marks().contains(Step.Mark.UNORDERED);
      boolean eventually = step.marks().contains(Step.Mark.EVENTUALLY);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (true) {
        List<String> actual = exchange(step);
        if (Expectation.met(step.expected(), actual, unordered)) {
          return;
        }
        if (!eventually || System.nanoTime() - deadline > 0) {
          throw new AssertionError(
              "%s:%d: %s%nexpected:%n  %s%nbut got:%n  %s"
                  .formatted(
                      script,
                      step.line(),
                      show(step),
                      String.join("\n  ", step.expected()),
                      String.join("\n  ", actual)));
        }
        pause();
      }
    }

    List<String> exchange(Step step) throws IOException {
      RespClient client = client(step.client());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (Step.Message message : step.requests()) {
        if (message instanceof Step.Message.Command command) {
          bytes.writeBytes(RespClient.encode(command.words()));
        } else if (message instanceof Step.Message.Raw raw) {
          bytes.writeBytes(raw.bytes());
        }
      }
      client.sendBytes(bytes.toByteArray());
      return step.marks().contains(Step.Mark.SILENT) ? List.of() : replies(client, step);
    }

    private List<String> replies(RespClient client, Step step) throws IOException {
      List<String> lines = new ArrayList<>();
      try {
        int count = expectsEnd(step) ? Integer.MAX_VALUE : step.requests().size();
        for (int i = 0; i < count; i++) {
          Reply reply = client.receive();
          lines.addAll(Rendering.lines(reply));
        }
      } catch (EOFException e) {
        lines.add("(closed)");
        clients.remove(step.client());
        client.close();
      } catch (SocketTimeoutException e) {
        lines.add("(no reply)");
      }
      return lines;
    }

    private boolean expectsEnd(Step step) {
      return step.expected().contains("(closed)");
    }

    @Override
    public void close() throws IOException {
      for (RespClient client : clients.values()) {
        client.close();
      }
    }
  }

  private static String show(Step step) {
    List<String> shown = new ArrayList<>();
    for (Step.Message message : step.requests()) {
      if (message instanceof Step.Message.Command command) {
        List<String> words = new ArrayList<>();
        for (byte[] word : command.words()) {
          words.add(Rendering.lines(new Reply.Bulk(word)).get(0));
        }
        shown.add(String.join(" ", words));
      } else if (message instanceof Step.Message.Raw raw) {
        shown.add("raw " + Rendering.lines(new Reply.Bulk(raw.bytes())).get(0));
      }
    }
    return step.client() + "> " + String.join(" | ", shown);
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a reply", e);
    }
  }
}
