package kvstore.server.router;

/** How fresh a read must be. */
public enum ReadMode {
  /** Sees every acknowledged write; rests on the leader's lease. */
  LINEARIZABLE,
  /** Sees every acknowledged write; each read is confirmed by a majority, without any clock. */
  QUORUM,
  /** May be answered by any replica from what it has applied (READONLY). */
  STALE
}
