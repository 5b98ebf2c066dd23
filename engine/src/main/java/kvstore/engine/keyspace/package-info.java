/** Keys, values, expiry and versions over a storage. */
@NullMarked
package kvstore.engine.keyspace;

import org.jspecify.annotations.NullMarked;
