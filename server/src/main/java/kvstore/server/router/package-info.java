/** Finds the shard of each command and the node that leads it. */
@NullMarked
package kvstore.server.router;

import org.jspecify.annotations.NullMarked;
