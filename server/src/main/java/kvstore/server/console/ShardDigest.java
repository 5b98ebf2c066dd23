package kvstore.server.console;

/**
 * What one replica holds, in few bytes, to be compared with the others of its shard.
 *
 * @param shard the shard's number
 * @param appliedIndex log index of the last entry applied; only digests of the same index compare
 * @param appliedTerm its term
 * @param records how many keys it holds
 * @param checksum hexadecimal, over all records as stored
 */
public record ShardDigest(
    int shard, long appliedIndex, long appliedTerm, long records, String checksum) {}
