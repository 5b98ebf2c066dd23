package kvstore.server.config;

/** What makes a read linearizable. */
public enum ReadPolicy {
  /** The leader's lease, checked after the read; rests on bounded clock rate drift. */
  LEASE,
  /** A round of the majority for each batch of reads; rests on no clock. */
  QUORUM
}
