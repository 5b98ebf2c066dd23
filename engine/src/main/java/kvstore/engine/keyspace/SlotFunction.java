package kvstore.engine.keyspace;

/** Which hash slot a key belongs to; the same on every node, for ever. */
@FunctionalInterface
public interface SlotFunction {
  /**
   * @return from 0 to 16,383
   */
  int slotOf(byte[] key);
}
