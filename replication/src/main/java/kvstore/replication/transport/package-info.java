/** Peer connections: Raft messages, forwarding and administration. */
@NullMarked
package kvstore.replication.transport;

import org.jspecify.annotations.NullMarked;
