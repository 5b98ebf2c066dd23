package kvstore.server.router;

/**
 * Why a command has no reply of its own. The connection layer alone turns these into error replies.
 * The order is part of the peer protocol: append only.
 */
public enum Unavailable {
  /** Certainly not applied; worth another try at once ({@code -TRYAGAIN}). */
  NOT_APPLIED,
  /** Certainly not applied: no majority was reachable in time ({@code -CLUSTERDOWN}). */
  NO_MAJORITY,
  /** May or may not have been applied ({@code -UNKNOWN}). */
  OUTCOME_UNKNOWN,
  /** Refused: too many bytes wait already ({@code -OOM}). */
  OUT_OF_MEMORY,
  /** Refused: the disk is full ({@code -NOSPACE}). */
  NO_SPACE,
  /** Refused: the disk failed ({@code -IOERR}). */
  IO_ERROR,
  /**
   * Refused: it would have to wait too long; worth another try after a while ({@code -TRYAGAIN}).
   */
  OVERLOADED
}
