package kvstore.engine.storage;

/** Sees records in the order of their keys. */
@FunctionalInterface
public interface RecordVisitor {
  /** Bytes of a value that a visitor is shown. */
  int HEAD_BYTES = 32;

  /**
   * @param key owned by the visitor
   * @param head the first bytes of the value, up to {@link #HEAD_BYTES}; valid during the call only
   * @param headLength how many of them there are
   * @return whether to go on
   */
  boolean visit(byte[] key, byte[] head, int headLength) throws StorageException;
}
