package kvstore.replication.raft;

import java.io.IOException;

/**
 * A snapshot's files are not those that were written. It has been put aside: the replica goes on
 * from its log if that reaches back far enough, or gets another snapshot from its leader.
 */
final class SnapshotDamagedException extends IOException {

  private static final long serialVersionUID = 1L;

  SnapshotDamagedException(String message) {
    super(message);
  }
}
