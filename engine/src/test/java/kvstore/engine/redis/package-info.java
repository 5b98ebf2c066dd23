/** Comparison with a real Redis, where one is installed. */
@NullMarked
package kvstore.engine.redis;

import org.jspecify.annotations.NullMarked;
