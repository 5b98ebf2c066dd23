package kvstore.testkit.simulation;

/**
 * What is wrong, on purpose, with the parts of the node that the simulation itself stands in for.
 */
enum Mutant {
  NONE,

  /** Goes on behind a record that did not reach the disk, as if nothing were missing. */
  RECOVERY_PASSES_OVER_HOLES,

  /** Acknowledges what is written before it is on the disk. */
  ACKNOWLEDGES_BEFORE_SYNC,

  /** Asks for an fsync again after one that failed, and believes the second. */
  RETRIES_FSYNC,

  /** Takes the rest of a snapshot from whatever snapshot its source has by then. */
  MIXES_SNAPSHOTS,

  /** Takes an answer of a former term for one of this term. */
  BELIEVES_OLD_TERMS,

  /** A replica that leaves its group forgets for whom it voted, and what it acknowledged. */
  LEAVES_WITHOUT_MEMORY
}
