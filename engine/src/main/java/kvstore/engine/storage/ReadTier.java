package kvstore.engine.storage;

/** How far a read may go. */
public enum ReadTier {
  /** Only what is in memory; else {@link WouldBlockException}. For threads that must not block. */
  MEMORY,
  /** Wherever the data is. */
  DISK
}
