/** The Redis serialization protocol, requests, replies and the one command table. */
@NullMarked
package kvstore.protocol;

import org.jspecify.annotations.NullMarked;
