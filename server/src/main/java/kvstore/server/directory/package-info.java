/**
 * What the cluster knows of itself: nodes, shards, placement and settings, agreed by a Raft group.
 *
 * <pre>
 * ClusterState         the value: all that is agreed; ClusterView has the newest one heard of here
 * DirectoryCommand     a change; CommandCodec its bytes; Transition, ShardRules what it does
 * DirectoryMachine     applies the log's commands; Directory is this node's replica of the group
 * DirectoryService     a node's part in all this, with or without a replica; what Node wires
 * DirectoryClient      sends commands and orders to the directory's leader, wherever it is
 * Pusher               leader: each new state to every node; StateFile keeps it on each node's disk
 * Reporting, Reports   each node: tells the leader of itself, gets news; leader: the newest of each
 * Liveness             leader: founds the cluster, writes down who is silent and who is back
 * Announcements        word of new shard leaders to all nodes, into a LeaderTable
 * OwnEntry             each node: keeps its address, zone and release in the directory true
 * </pre>
 */
@NullMarked
package kvstore.server.directory;

import org.jspecify.annotations.NullMarked;
