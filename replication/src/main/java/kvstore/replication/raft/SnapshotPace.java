package kvstore.replication.raft;

import com.alipay.sofa.jraft.storage.SnapshotThrottle;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kvstore.replication.transport.RaftEndpoint;

/**
 * Holds the copying of snapshots to a speed: a token bucket that fills in one second. A copy that
 * is given nothing asks again after that second (the library's {@code CopyOptions}), and then finds
 * what it would have used meanwhile; in a bucket that fills faster it would be lost, and the speed
 * with it.
 *
 * <p>Nobody is given a part of what he asks for. The library then sends what its buffer holds all
 * the same, {@link RaftEndpoint#FILE_CHUNK_BYTES} of it; what the bucket lacks, it owes.
 *
 * <p>Any thread may call.
 */
final class SnapshotPace implements SnapshotThrottle {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long mostAtOnce;
  private final LongSupplier nanoTime;
  private long bytesPerSecond;
  private double tokens;
  private long filledAt;

  /**
   * @param mostAtOnce bytes given for one request, whatever it asks for: for a list of files the
   *     library asks for as much as there may ever be
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  SnapshotPace(long bytesPerSecond, long mostAtOnce, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.mostAtOnce = mostAtOnce;
    this.nanoTime = nanoTime;
    this.tokens = bytesPerSecond;
    this.filledAt = nanoTime.getAsLong();
  }

  synchronized void setBytesPerSecond(long most) {
    refill();
    bytesPerSecond = most;
    tokens = Math.min(tokens, most);
  }

  /**
   * @return bytes that may be copied now, at most {@code bytes}; 0 if the caller has to ask later
   */
  @Override
  public synchronized long throttledByThroughput(long bytes) {
    refill();
    if (tokens <= 0) {
      return 0;
    }
    long given = Math.min(bytes, mostAtOnce); // less would be taken for as much: see the class
    tokens -= given;
    return given;
  }

  private void refill() {
    long now = nanoTime.getAsLong();
    double refill = (double) bytesPerSecond * (now - filledAt) / SECOND;
    tokens = Math.min(bytesPerSecond, tokens + refill);
    filledAt = now;
  }
}
