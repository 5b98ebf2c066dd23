package kvstore.engine.command;

import kvstore.engine.storage.StorageException;

/** What a command may change. Every change gives the key the version of the command. */
public interface KeyEditor extends KeyView {

  /**
   * Sets a string. The array is kept and must not change afterwards.
   *
   * @param expireAtMs ms since the epoch, or {@link Value#NEVER}
   * @throws Refusal if the key, the payload or the whole entry is over its limit; then nothing has
   *     changed
   */
  void put(byte[] key, byte[] payload, long expireAtMs) throws StorageException;

  /**
   * Refuses keys and values in turn that {@link #put} would refuse.
   *
   * @throws Refusal if one of them, or all together, are over a limit
   */
  void checkPuts(byte[][] keysAndValues);

  /** Sets {@code value}'s content under {@code key} with another time of expiry. */
  void put(byte[] key, Value value, long expireAtMs) throws StorageException;

  /** Removes a key; false if there was none. */
  boolean remove(byte[] key) throws StorageException;

  /** Frees the space of a key past its time; false if the key is not one. */
  boolean purge(byte[] key) throws StorageException;

  /** Removes every key. */
  void clear();

  /**
   * Corrects the numbers of keys, which a split has left as estimates.
   *
   * @param basis log index of that split; others are ignored
   * @return whether the numbers were estimates since {@code basis}, and are exact now
   */
  boolean recounted(long basis, long moreKeys, long moreExpiring);

  /** Drops an entry of the expiry index, as stored, if it is of a key that is not here. */
  void forgetTime(byte[] indexKey);
}
