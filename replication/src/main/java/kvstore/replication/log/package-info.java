/** The log that all shards of a node share. */
@NullMarked
package kvstore.replication.log;

import org.jspecify.annotations.NullMarked;
