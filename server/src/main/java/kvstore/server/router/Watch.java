package kvstore.server.router;

/**
 * A key that a transaction watches.
 *
 * @param version the key's version when it was first watched; 0 if it did not exist
 */
@SuppressWarnings("ArrayRecordComponent") // compared by identity only
public record Watch(byte[] key, long version) {}
