package kvstore.server.admin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import kvstore.server.directory.DirectoryClient;
import kvstore.server.directory.DirectoryException;

/** Sends an operator's words to the directory's leader, wherever it is. Any thread. */
public final class DirectoryAdministration implements Administration {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final DirectoryClient client;

  public DirectoryAdministration(DirectoryClient client) {
    this.client = client;
  }

  @Override
  public CompletionStage<Answer> ask(List<String> words) {
    byte[] request;
    try {
      request = AdminMessages.request(words);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Answer.refused(String.valueOf(e.getMessage())));
    }
    return client
        .order(request, PATIENCE)
        .thenApply(AdminMessages::readAnswer)
        .exceptionally(DirectoryAdministration::failed);
  }

  private static Answer failed(Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable known = failure instanceof CompletionException && cause != null ? cause : failure;
    String message = String.valueOf(known.getMessage());
    if (!(known instanceof DirectoryException directory)) {
      return Answer.refused(message);
    }
    return switch (directory.reason()) {
      case REFUSED -> Answer.refused(message);
      case NOT_LEADING -> new Answer(false, "TRYAGAIN not done: " + message);
      case UNKNOWN -> new Answer(false, "UNKNOWN it may have been done or not: " + message);
    };
  }
}
