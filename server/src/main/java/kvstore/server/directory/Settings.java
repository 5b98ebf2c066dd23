package kvstore.server.directory;

/**
 * What an operator can change while the cluster runs.
 *
 * @param replicas voters that each shard shall have, once there are nodes enough; odd
 * @param shardsPerNode shards that each node shall lead, about; the cluster splits to get there
 * @param spreadMinBytes size that a shard must have to be split for {@code shardsPerNode}; 0 for
 *     any
 * @param splitBytes size over which a shard splits
 * @param splitOpsPerSecond load over which a shard splits; 0 for never
 * @param replaceAfterMs how long a node may be silent before its replicas are replaced
 * @param copyBytesPerSecond bytes of snapshots that a node sends or takes in a second, at most
 * @param balance whether the balancer moves replicas and leaders of its own accord
 */
public record Settings(
    int replicas,
    int shardsPerNode,
    long spreadMinBytes,
    long splitBytes,
    long splitOpsPerSecond,
    long replaceAfterMs,
    long copyBytesPerSecond,
    boolean balance) {

  public static final Settings DEFAULT =
      new Settings(3, 1, 256L << 20, 4L << 30, 0, 600_000, 128L << 20, true);

  public Settings withReplicas(int changed) {
    return new Settings(
        changed,
        shardsPerNode,
        spreadMinBytes,
        splitBytes,
        splitOpsPerSecond,
        replaceAfterMs,
        copyBytesPerSecond,
        balance);
  }
}
