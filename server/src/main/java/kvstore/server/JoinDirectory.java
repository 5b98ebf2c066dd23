package kvstore.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import kvstore.server.cluster.JoinDesk;
import kvstore.server.directory.ClusterState;
import kvstore.server.directory.DirectoryClient;
import kvstore.server.directory.DirectoryCommand;
import kvstore.server.directory.DirectoryException;
import kvstore.server.directory.NodeEntry;

/** Puts nodes that join into the directory, wherever its leader is. */
record JoinDirectory(DirectoryClient client) implements JoinDesk.Directory {

  /** Below the patience of a node that joins, so that it hears why. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  @Override
  public CompletionStage<ClusterState> add(NodeEntry node) {
    CompletableFuture<ClusterState> result = new CompletableFuture<>();
    client
        .propose(new DirectoryCommand.AddNode(node), PATIENCE)
        .whenComplete((state, failure) -> {
          if (failure == null) {
            result.complete(state);
          } else {
            result.completeExceptionally(told(failure));
          }
        });
    return result;
  }

  private static Throwable told(Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable known = failure instanceof CompletionException && cause != null ? cause : failure;
    return known instanceof DirectoryException refused
            && refused.reason() == DirectoryException.Reason.REFUSED
        ? new JoinDesk.NotTakenInException(String.valueOf(refused.getMessage()))
        : known;
  }
}
