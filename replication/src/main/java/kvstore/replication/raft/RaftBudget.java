package kvstore.replication.raft;

/**
 * Bounds of one group's replication.
 *
 * @param pendingEntries proposals in flight; one more is refused as overloaded
 * @param pendingBytes the same bound in bytes of entries; a single larger entry still passes when
 *     nothing else is in flight
 * @param memoryLogBytes entries kept in memory until applied and on disk; beyond it new ones are
 *     refused
 * @param backlogBytes entries in memory above which a follower takes in no more before it has
 *     applied some
 * @param hostBacklogBytes the same for all groups of a node together
 * @param ringSize slots of each of the library's rings, a power of two
 * @param appendEntries entries in one message to a follower
 * @param appendBytes bytes in one message to a follower
 * @param appendsInFlight messages on their way to one follower; with {@code appendBytes} it bounds
 *     what a follower that catches up holds of the leader's heap, for each group
 * @param applyEntries entries handed to the state machine in one call
 * @param applyBytes the same bound in bytes, by which at least one entry passes
 * @param snapshotLogBytes a snapshot is taken when the log has grown by this much, or up to a
 *     quarter less
 * @param snapshotBytesPerSecond speed at which snapshots are sent and taken in, for all groups
 */
public record RaftBudget(
    int pendingEntries,
    long pendingBytes,
    long memoryLogBytes,
    long backlogBytes,
    long hostBacklogBytes,
    int ringSize,
    int appendEntries,
    int appendBytes,
    int appendsInFlight,
    int applyEntries,
    long applyBytes,
    long snapshotLogBytes,
    long snapshotBytesPerSecond) {

  private static final int MIB = 1 << 20;

  public static final RaftBudget DEFAULT =
      new RaftBudget(
          1536,
          64L * MIB,
          128L * MIB,
          16L * MIB,
          64L * MIB,
          2048,
          512,
          MIB / 8,
          32,
          512,
          4L * MIB,
          256L * MIB,
          100L * MIB);

  public RaftBudget {
    if (Integer.bitCount(ringSize) != 1 || ringSize < 64) {
      throw new IllegalArgumentException(
          "expected a ring of a power of two of at least 64 slots, but got " + ringSize);
    }
    if (pendingEntries < 1
        || pendingBytes < 1
        || backlogBytes < 1
        || hostBacklogBytes < 1
        || appendEntries < 1
        || appendBytes < 1
        || appendsInFlight < 1
        || applyEntries < 1
        || snapshotLogBytes < 1
        || snapshotBytesPerSecond < 1 << 16) {
      throw new IllegalArgumentException("expected positive bounds, but got one that is not");
    }
  }

  public RaftBudget withPending(int entries, long bytes) {
    return new RaftBudget(
        entries,
        bytes,
        memoryLogBytes,
        backlogBytes,
        hostBacklogBytes,
        ringSize,
        appendEntries,
        appendBytes,
        appendsInFlight,
        applyEntries,
        applyBytes,
        snapshotLogBytes,
        snapshotBytesPerSecond);
  }

  public RaftBudget withBacklog(long bytes) {
    return new RaftBudget(
        pendingEntries,
        pendingBytes,
        memoryLogBytes,
        bytes,
        hostBacklogBytes,
        ringSize,
        appendEntries,
        appendBytes,
        appendsInFlight,
        applyEntries,
        applyBytes,
        snapshotLogBytes,
        snapshotBytesPerSecond);
  }

  public RaftBudget withSnapshotLogBytes(long bytes) {
    return new RaftBudget(
        pendingEntries,
        pendingBytes,
        memoryLogBytes,
        backlogBytes,
        hostBacklogBytes,
        ringSize,
        appendEntries,
        appendBytes,
        appendsInFlight,
        applyEntries,
        applyBytes,
        bytes,
        snapshotBytesPerSecond);
  }

  public RaftBudget withSnapshotBytesPerSecond(long bytes) {
    return new RaftBudget(
        pendingEntries,
        pendingBytes,
        memoryLogBytes,
        backlogBytes,
        hostBacklogBytes,
        ringSize,
        appendEntries,
        appendBytes,
        appendsInFlight,
        applyEntries,
        applyBytes,
        snapshotLogBytes,
        bytes);
  }
}
