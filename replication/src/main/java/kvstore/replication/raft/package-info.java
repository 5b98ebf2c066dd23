/** The one place that knows the Raft library. */
@NullMarked
package kvstore.replication.raft;

import org.jspecify.annotations.NullMarked;
