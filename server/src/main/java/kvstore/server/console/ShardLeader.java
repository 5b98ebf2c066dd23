package kvstore.server.console;

import kvstore.replication.NodeId;

/**
 * The newest leader of a shard that this node has heard of.
 *
 * @param term in which it was seen to lead
 * @param current whether it is believed to lead still; false while a new one is being elected
 */
public record ShardLeader(NodeId node, long term, boolean current) {}
