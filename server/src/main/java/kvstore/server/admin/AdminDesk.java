package kvstore.server.admin;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.Directory;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryService;
import kvstore.server.directory.NodeEntry;
import kvstore.server.directory.NodeReport;
import kvstore.server.directory.Reports;
import org.jspecify.annotations.Nullable;

/** Carries out an operator's orders at the directory's leader. Any thread; never blocks. */
public final class AdminDesk implements DirectoryService.Administrator {

  /** What the balancer can be told. Each answers with what will happen, or is refused. */
  public interface Orders {
    CompletionStage<Administration.Answer> decommission(String node);

    CompletionStage<Administration.Answer> move(int shard, String from, String to);

    CompletionStage<Administration.Answer> transfer(int shard, String to);

    /**
     * @param atSlot first slot of the new shard; null for the middle
     */
    CompletionStage<Administration.Answer> split(int shard, @Nullable Integer atSlot);

    CompletionStage<Administration.Answer> rebalance();

    BalancerStatus status();
  }

  private final DirectoryService directory;
  private final Orders orders;

  public AdminDesk(DirectoryService directory, Orders orders) {
    this.directory = directory;
    this.orders = orders;
  }

  @Override
  public CompletionStage<byte[]> carryOut(byte[] request) {
    CompletionStage<Administration.Answer> answer;
    try {
      answer = carryOut(AdminMessages.words(request));
    } catch (IllegalArgumentException e) {
      answer = refused(String.valueOf(e.getMessage()));
    }
    return answer.thenApply(AdminMessages::answer);
  }

  private CompletionStage<Administration.Answer> carryOut(List<String> words) {
    String what = words.isEmpty() ? "" : words.get(0).toLowerCase(Locale.ROOT);
    int count = words.size();
    Directory replica = directory.local();
    if (replica == null) {
      return refused("this node has no part in the directory any more");
    }
    if (what.equals("state") && count == 1) {
      return replica.read().thenApply(state -> Administration.Answer.ok(json(state, replica)));
    }
    if (what.equals("join-token") && count == 1) {
      return replica.read().thenApply(state -> Administration.Answer.ok(joinCommand(state)));
    }
    if (what.equals("set") && count == 3) {
      return replica
          .propose(new DirectoryCommand.ChangeSetting(words.get(1), words.get(2)))
          .thenApply(state -> Administration.Answer.ok(words.get(1) + " is " + words.get(2)));
    }
    if (what.equals("decommission") && count == 2) {
      return orders.decommission(words.get(1));
    }
    if (what.equals("move") && count == 4) {
      return orders.move(number(words.get(1)), words.get(2), words.get(3));
    }
    if (what.equals("transfer") && count == 3) {
      return orders.transfer(number(words.get(1)), words.get(2));
    }
    if (what.equals("split") && (count == 2 || count == 3)) {
      return orders.split(number(words.get(1)), count == 3 ? number(words.get(2)) : null);
    }
    if (what.equals("rebalance") && count == 1) {
      return orders.rebalance();
    }
    return refused("unknown order '" + what + "', or a wrong number of words; see ADMIN HELP");
  }

  private static int number(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a number, but got '" + word + "'", e);
    }
  }

  private static CompletionStage<Administration.Answer> refused(String reason) {
    return CompletableFuture.completedFuture(Administration.Answer.refused(reason));
  }

  private String json(ClusterState state, Directory replica) {
    List<NodeReport> newest =
        directory.reports().all().values().stream().map(Reports.Arrived::report).toList();
    return new StateJson(state, newest).write(replica.leadership(), orders.status());
  }

  private static String joinCommand(ClusterState state) {
    String seeds =
        state.nodes().stream()
            .filter(node -> node.status() == NodeEntry.Status.ACTIVE && !node.isDown())
            .limit(3)
            .map(node -> node.host() + ":" + node.port() + "@" + node.peerPort())
            .collect(Collectors.joining(","));
    return "./kv_store server --dir DIR --port PORT --join "
        + seeds
        + "   (with KV_CLUSTER_SECRET as on the other nodes, if they have one)";
  }
}
