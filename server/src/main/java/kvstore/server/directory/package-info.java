/**
 * What the cluster knows of itself: nodes, shards, placement and settings, agreed by a Raft group.
 */
@NullMarked
package kvstore.server.directory;

import org.jspecify.annotations.NullMarked;
