package kvstore.tools.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import kvstore.tools.Endpoint;
import kvstore.tools.ExitCode;
import kvstore.tools.shell.LoginOptions;
import kvstore.tools.shell.ShellCommand;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code kv_store cluster}: shows and changes a running cluster, through any of its nodes. */
@Command(
    name = "cluster",
    description = "Show and change a running cluster, through any of its nodes.",
    subcommands = {
      ClusterCommand.Status.class,
      ClusterCommand.Nodes.class,
      ClusterCommand.Shards.class,
      ClusterCommand.JoinToken.class,
      ClusterCommand.Decommission.class,
      ClusterCommand.Move.class,
      ClusterCommand.TransferLeader.class,
      ClusterCommand.Split.class,
      ClusterCommand.Rebalance.class,
      ClusterCommand.Settings.class
    },
    footer = {
      "",
      "A change says what will happen and is followed to its end; Ctrl-C stops following it, not",
      "the change itself. Exit codes: 0; 1 refused or not finished; 2 bad usage; 3 no node answers."
    })
public final class ClusterCommand implements Runnable {

  private static final long POLL_MILLIS = 200;

  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-h", "--host"},
      paramLabel = "HOST",
      scope = ScopeType.INHERIT,
      description = "Host of any node (default: 127.0.0.1).")
  private String host = Endpoint.DEFAULT_HOST;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      scope = ScopeType.INHERIT,
      description = "Its client port (default: 7379).")
  private int port = Endpoint.DEFAULT_PORT;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      scope = ScopeType.INHERIT,
      description = "How long a change is followed (default: 3600).")
  private int timeoutSeconds = 3_600;

  @Option(
      names = "--no-wait",
      scope = ScopeType.INHERIT,
      description = "Give the order and do not follow it.")
  private boolean noWait;

  @Mixin private LoginOptions login = new LoginOptions();

  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    out().println("expected a command, such as 'kv_store cluster status'; see --help");
  }

  private PrintWriter out() {
    if (spec == null) {
      throw new IllegalStateException("expected picocli to have set the command's model");
    }
    return spec.commandLine().getOut();
  }

  private AdminClient connect() throws IOException {
    return new AdminClient(
        ShellCommand.to(new Endpoint(host, port), login.credentials(System.getenv())));
  }

  /** Gives an order, says what will happen, and follows the cluster until {@code done}. */
  private int change(Predicate<JsonNode> done, String... words) throws IOException {
    try (AdminClient client = connect()) {
      out().println(client.order(words));
      return noWait ? ExitCode.OK : follow(client, done);
    } catch (AdminClient.OrderException e) {
      out().println("refused: " + e.getMessage());
      return ExitCode.ERROR_REPLY;
    }
  }

  private int follow(AdminClient client, Predicate<JsonNode> done) throws IOException {
    ProgressLine line = new ProgressLine(out());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
    while (true) {
      JsonNode state = client.state();
      if (done.test(state)) {
        line.end("done");
        return ExitCode.OK;
      }
      if (System.nanoTime() - deadline > 0) {
        line.end("not finished within " + timeoutSeconds + " s; it goes on");
        return ExitCode.ERROR_REPLY;
      }
      line.show(new StateText(state).progress());
      pause(POLL_MILLIS);
    }
  }

  private static void pause(long millis) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static boolean settled(JsonNode state) {
    return new StateText(state).isSettled();
  }

  private static @Nullable JsonNode find(JsonNode items, String field, String value) {
    for (JsonNode item : items) {
      if (item.path(field).asText().equals(value)) {
        return item;
      }
    }
    return null;
  }

  /** Something to look at: once, or again and again. */
  abstract static class View implements Callable<Integer> {

    @ParentCommand @Nullable ClusterCommand cluster;

    @Option(names = "--json", description = "Print the whole state as JSON.")
    private boolean json;

    @Option(names = "--watch", description = "Show it anew every second, until Ctrl-C.")
    private boolean watch;

    abstract String text(StateText state);

    final ClusterCommand cluster() {
      if (cluster == null) {
        throw new IllegalStateException("expected picocli to have set the parent command");
      }
      return cluster;
    }

    @Override
    public Integer call() throws IOException {
      PrintWriter out = cluster().out();
      try (AdminClient client = cluster().connect()) {
        while (true) {
          JsonNode state = client.state();
          if (watch && !json) {
            out.print("\u001b[H\u001b[2J");
          }
          out.print(json ? state.toPrettyString() + "\n" : text(new StateText(state)));
          out.flush();
          if (!watch) {
            return ExitCode.OK;
          }
          pause(1_000);
        }
      } catch (AdminClient.OrderException e) {
        out.println("refused: " + e.getMessage());
        return ExitCode.ERROR_REPLY;
      }
    }
  }

  /** Everything. */
  @Command(name = "status", description = "Show nodes, shards, and what the balancer does.")
  static final class Status extends View {
    @Override
    String text(StateText state) {
      return state.status();
    }
  }

  /** The nodes. */
  @Command(name = "nodes", description = "Show the nodes.")
  static final class Nodes extends View {
    @Override
    String text(StateText state) {
      return state.nodes();
    }
  }

  /** The shards. */
  @Command(name = "shards", description = "Show the shards.")
  static final class Shards extends View {
    @Override
    String text(StateText state) {
      return state.shards();
    }
  }

  /** A change of the cluster. */
  abstract static class Change implements Callable<Integer> {
    @ParentCommand @Nullable ClusterCommand cluster;

    final ClusterCommand cluster() {
      if (cluster == null) {
        throw new IllegalStateException("expected picocli to have set the parent command");
      }
      return cluster;
    }
  }

  /** How another node joins. */
  @Command(name = "join-token", description = "Print the command that makes a new node join.")
  static final class JoinToken extends Change {
    @Override
    public Integer call() throws IOException {
      try (AdminClient client = cluster().connect()) {
        cluster().out().println(client.order("JOIN-TOKEN"));
        return ExitCode.OK;
      }
    }
  }

  /** Empties a node. */
  @Command(
      name = "decommission",
      description = "Move everything off a node while it serves, and take it out for good.")
  static final class Decommission extends Change {
    @Parameters(paramLabel = "NODE", description = "The node's id.")
    private String node = "";

    @Override
    public Integer call() throws IOException {
      return cluster()
          .change(
              state -> {
                JsonNode found = find(state.path("nodes"), "id", node);
                return found != null && found.path("status").asText().equals("out");
              },
              "DECOMMISSION",
              node);
    }
  }

  /** Moves a replica. */
  @Command(name = "move", description = "Move a shard's replica from one node to another.")
  static final class Move extends Change {
    @Parameters(paramLabel = "SHARD", index = "0", description = "The shard's number.")
    private int shard;

    @Parameters(paramLabel = "FROM", index = "1", description = "Node that has the replica.")
    private String from = "";

    @Parameters(paramLabel = "TO", index = "2", description = "Node that gets it.")
    private String to = "";

    @Override
    public Integer call() throws IOException {
      return cluster()
          .change(
              state -> {
                JsonNode found = find(state.path("shards"), "number", Integer.toString(shard));
                return found != null
                    && found.path("settled").asBoolean()
                    && find(found.path("replicas"), "node", from) == null
                    && find(found.path("replicas"), "node", to) != null;
              },
              "MOVE",
              Integer.toString(shard),
              from,
              to);
    }
  }

  /** Moves a leader. */
  @Command(name = "transfer-leader", description = "Make another replica of a shard its leader.")
  static final class TransferLeader extends Change {
    @Parameters(paramLabel = "SHARD", index = "0", description = "The shard's number.")
    private int shard;

    @Parameters(paramLabel = "NODE", index = "1", description = "Node that is to lead.")
    private String node = "";

    @Override
    public Integer call() throws IOException {
      return cluster()
          .change(
              state -> {
                JsonNode found = find(state.path("shards"), "number", Integer.toString(shard));
                return found != null && found.path("leader").asText().equals(node);
              },
              "TRANSFER",
              Integer.toString(shard),
              node);
    }
  }

  /** Splits a shard. */
  @Command(name = "split", description = "Split a shard in two, online.")
  static final class Split extends Change {
    @Parameters(paramLabel = "SHARD", index = "0", description = "The shard's number.")
    private int shard;

    @Option(
        names = "--at",
        paramLabel = "SLOT",
        description = "First slot of the new shard (default: the middle).")
    private @Nullable Integer slot;

    @Override
    public Integer call() throws IOException {
      List<String> words = new ArrayList<>(List.of("SPLIT", Integer.toString(shard)));
      if (slot != null) {
        words.add(slot.toString());
      }
      int before;
      try (AdminClient client = cluster().connect()) {
        before = client.state().path("shards").size();
      }
      return cluster()
          .change(
              state -> state.path("shards").size() > before && settled(state),
              words.toArray(String[]::new));
    }
  }

  /** Evens out. */
  @Command(name = "rebalance", description = "Spread replicas and leaders evenly, now.")
  static final class Rebalance extends Change {
    @Override
    public Integer call() throws IOException {
      return cluster().change(ClusterCommand::settled, "REBALANCE");
    }
  }

  /** Shows or changes settings. */
  @Command(name = "settings", description = "Show the cluster's settings, or change one.")
  static final class Settings extends Change {
    @Parameters(paramLabel = "NAME", index = "0", arity = "0..1", description = "The setting.")
    private @Nullable String name;

    @Parameters(paramLabel = "VALUE", index = "1", arity = "0..1", description = "Its new value.")
    private @Nullable String value;

    @Option(names = "--json", description = "Print them as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = cluster().out();
      try (AdminClient client = cluster().connect()) {
        if (name != null && value != null) {
          out.println(client.order("SET", name, value));
          return ExitCode.OK;
        }
        JsonNode settings = client.state();
        if (name != null) {
          JsonNode one = settings.path("settings").path(name);
          out.println(one.isMissingNode() ? "no setting is called '" + name + "'" : one.asText());
          return one.isMissingNode() ? ExitCode.USAGE : ExitCode.OK;
        }
        out.print(
            json
                ? settings.path("settings").toPrettyString() + "\n"
                : new StateText(settings).settings());
        out.flush();
        return ExitCode.OK;
      } catch (AdminClient.OrderException e) {
        out.println("refused: " + e.getMessage());
        return ExitCode.ERROR_REPLY;
      }
    }
  }
}
