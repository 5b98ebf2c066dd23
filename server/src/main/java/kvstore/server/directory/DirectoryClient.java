package kvstore.server.directory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import kvstore.replication.NodeId;
import kvstore.replication.transport.ResponseHandler;
import kvstore.server.directory.DirectoryException.Reason;
import kvstore.server.directory.LeaderTable.Leader;
import kvstore.server.directory.PeerMessages.Answer;
import kvstore.server.directory.PeerMessages.Ask;
import kvstore.server.directory.PeerMessages.Done;
import kvstore.server.directory.PeerMessages.Failed;
import kvstore.server.directory.PeerMessages.Ordered;

/**
 * Asks the directory's leader, from any node, wherever it is. What was certainly not applied is
 * tried again until the deadline; what may have been fails as unknown. Any thread; never blocks.
 */
public final class DirectoryClient {

  /** Answers what other nodes ask. */
  interface Desk {
    CompletionStage<Answer> answer(Ask ask);
  }

  private static final long PAUSE_MILLIS = 50;

  private final Surroundings surroundings;
  private final Desk own;

  /**
   * @param own answers what is asked of this very node
   */
  DirectoryClient(Surroundings surroundings, Desk own) {
    this.surroundings = surroundings;
    this.own = own;
  }

  /**
   * Has a command agreed on; ends with the state it made, which this node then has, or fails with a
   * {@link DirectoryException}.
   */
  public CompletionStage<ClusterState> propose(DirectoryCommand command, Duration deadline) {
    return start(new PeerMessages.Propose(command), deadline)
        .thenApply(answer -> {
          if (answer instanceof Done done) {
            surroundings.view().offer(done.state());
            return done.state();
          }
          throw new IllegalStateException("expected a state of the directory, but got " + answer);
        });
  }

  /**
   * Has the directory's leader carry out an administration command, whose bytes and answer it alone
   * understands. Fails with a {@link DirectoryException}.
   */
  public CompletionStage<byte[]> order(byte[] request, Duration deadline) {
    return start(new PeerMessages.Order(request), deadline)
        .thenApply(answer -> {
          if (answer instanceof Ordered ordered) {
            return ordered.bytes();
          }
          throw new IllegalStateException("expected an answer to an order, but got " + answer);
        });
  }

  private CompletableFuture<Answer> start(Ask ask, Duration deadline) {
    CompletableFuture<Answer> result = new CompletableFuture<>();
    byte[] body;
    try {
      body = PeerMessages.ask(ask);
      if (body.length > Fields.MOST_BYTES) {
        throw new IllegalArgumentException("expected a request of at most 16 MiB, but got more");
      }
    } catch (IllegalArgumentException e) {
      result.completeExceptionally(DirectoryException.refused(String.valueOf(e.getMessage())));
      return result;
    }
    new Asking(ask, body, surroundings.nanoTime().getAsLong() + deadline.toNanos(), result).next();
    return result;
  }

  /** One question on its way, one try after the other. */
  private final class Asking {

    private final Ask ask;
    private final byte[] body;
    private final long deadlineNanos;
    private final CompletableFuture<Answer> result;
    private String last = "no node of the directory is known";
    private int tries;

    Asking(Ask ask, byte[] body, long deadlineNanos, CompletableFuture<Answer> result) {
      this.ask = ask;
      this.body = body;
      this.deadlineNanos = deadlineNanos;
      this.result = result;
    }

    void next() {
      long left = deadlineNanos - surroundings.nanoTime().getAsLong();
      if (left <= 0) {
        result.completeExceptionally(
            new DirectoryException(
                Reason.NOT_LEADING, "no leader of the directory took it in time: " + last));
        return;
      }
      NodeId target = target(tries++);
      if (target.equals(surroundings.self())) {
        own.answer(ask).whenComplete((answer, failure) -> answered(answer, target));
        return;
      }
      surroundings.ask(
          target,
          PeerMessages.ADMIN,
          body,
          Duration.ofNanos(left),
          answer -> answered(PeerMessages.readAnswer(answer), target),
          (failure, message) -> lost(target, failure, message));
    }

    /** The leader known at first, and by turns with everybody else it might be. */
    private NodeId target(int attempt) {
      Leader known = surroundings.leaders().leaderOf(ShardEntry.DIRECTORY);
      if (known != null && attempt % 2 == 0) {
        return known.node();
      }
      List<NodeId> others = new ArrayList<>();
      ShardEntry group = surroundings.view().current().shard(ShardEntry.DIRECTORY);
      if (group != null) {
        others.addAll(group.nodes(ReplicaEntry.Role.VOTER));
      }
      others.add(surroundings.self());
      if (group == null) {
        others.addAll(surroundings.others());
      }
      return others.get(attempt / (known == null ? 1 : 2) % others.size());
    }

    private void answered(Answer answer, NodeId from) {
      if (!(answer instanceof Failed failed)) {
        result.complete(answer);
        return;
      }
      Leader leader = failed.leader();
      if (leader != null) {
        surroundings.leaders().learn(ShardEntry.DIRECTORY, leader);
      }
      if (failed.reason() == Reason.NOT_LEADING) {
        again(from + ": " + failed.message());
      } else {
        result.completeExceptionally(new DirectoryException(failed.reason(), failed.message()));
      }
    }

    private void lost(NodeId target, ResponseHandler.Failure failure, String message) {
      if (failure == ResponseHandler.Failure.LOST) {
        result.completeExceptionally(
            new DirectoryException(
                Reason.UNKNOWN, target + " was asked and did not answer: " + message));
      } else {
        again(target + ": " + message);
      }
    }

    private void again(String why) {
      last = why;
      long left =
          TimeUnit.NANOSECONDS.toMillis(deadlineNanos - surroundings.nanoTime().getAsLong());
      surroundings.later(Math.max(0, Math.min(PAUSE_MILLIS, left)), this::next);
    }
  }
}
