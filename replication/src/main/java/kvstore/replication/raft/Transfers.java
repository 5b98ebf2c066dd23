package kvstore.replication.raft;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kvstore.replication.Leadership;
import kvstore.replication.NodeId;
import org.jspecify.annotations.Nullable;

/** The hand-over of leadership under way, if any, until its end is seen. Thread-safe. */
final class Transfers {

  private record Transfer(NodeId target, long term, CompletableFuture<Void> result) {}

  private final Duration limit;
  private @Nullable Transfer underWay;

  Transfers(Duration limit) {
    this.limit = limit;
  }

  synchronized CompletableFuture<Void> begin(NodeId target, long term) {
    abandon();
    CompletableFuture<Void> result = new CompletableFuture<>();
    underWay = new Transfer(target, term, result);
    return result.orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  synchronized void seen(Leadership next) {
    Transfer transfer = underWay;
    if (transfer == null || next.leader() == null) {
      return;
    }
    underWay = null;
    if (next.leader().equals(transfer.target)) {
      transfer.result.complete(null);
    } else {
      transfer.result.completeExceptionally(
          new IllegalStateException(
              "expected " + transfer.target + " to take over, but " + next.leader() + " leads"));
    }
  }

  synchronized void abandon() {
    Transfer transfer = underWay;
    underWay = null;
    if (transfer != null) {
      transfer.result.completeExceptionally(
          new IllegalStateException("the hand-over to " + transfer.target + " was abandoned"));
    }
  }
}
