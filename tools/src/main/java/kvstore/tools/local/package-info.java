/** Nodes as child processes on this machine, for a try-out and for tests. */
@NullMarked
package kvstore.tools.local;

import org.jspecify.annotations.NullMarked;
