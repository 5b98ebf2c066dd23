package kvstore.replication.raft;

import com.alipay.sofa.jraft.storage.SnapshotThrottle;
import com.alipay.sofa.jraft.util.concurrent.FixedThreadsExecutorGroup;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import kvstore.replication.NodeId;
import kvstore.replication.log.SharedLog;
import kvstore.replication.transport.RaftEndpoint;

/**
 * What the replicas of one node share.
 *
 * @param worker for what may block for a moment
 * @param snapshots one thread, for what prepares a snapshot
 */
record RaftContext(
    NodeId self,
    RaftHostOptions options,
    SharedLog log,
    RaftEndpoint endpoint,
    SnapshotThrottle throttle,
    FixedThreadsExecutorGroup libraryExecutors,
    SnapshotFetches fetches,
    Executor worker,
    Executor snapshots) {

  Path snapshots(String group) {
    return snapshots(options, group);
  }

  static Path snapshots(RaftHostOptions options, String group) {
    return options.directory().resolve("snapshots").resolve(group);
  }
}
