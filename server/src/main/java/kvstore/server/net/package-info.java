/**
 * Client connections: event loops, sessions, the ordered queue of replies, and the one place that
 * words failures.
 */
@NullMarked
package kvstore.server.net;

import org.jspecify.annotations.NullMarked;
