/** One shard's replica: batching before the log, applying after it, reads between. */
@NullMarked
package kvstore.server.shard;

import org.jspecify.annotations.NullMarked;
