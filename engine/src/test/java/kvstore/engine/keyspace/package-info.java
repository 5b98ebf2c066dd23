@NullMarked
package kvstore.engine.keyspace;

import org.jspecify.annotations.NullMarked;
