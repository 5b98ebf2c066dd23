/** Ports of replication: a replicated log of opaque entries and the state machine it drives. */
@NullMarked
package kvstore.replication;

import org.jspecify.annotations.NullMarked;
