/** Work that waits for the end of what a thread is at. A leaf of the server. */
@NullMarked
package kvstore.server.burst;

import org.jspecify.annotations.NullMarked;
