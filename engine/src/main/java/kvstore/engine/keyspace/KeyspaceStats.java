package kvstore.engine.keyspace;

import kvstore.engine.storage.StorageStats;

/**
 * @param keys number of keys, those past their time and not yet swept included
 * @param expiring number of those that have a time of expiry
 */
public record KeyspaceStats(long keys, long expiring, StorageStats storage) {}
