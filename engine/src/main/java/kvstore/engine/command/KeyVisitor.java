package kvstore.engine.command;

/** Sees keys in the order of slots, and of bytes within a slot. */
@FunctionalInterface
public interface KeyVisitor {
  /**
   * @param key owned by the visitor
   * @param type the type byte of its value
   * @return whether to go on
   */
  boolean visit(int slot, byte[] key, byte type);
}
