/** The command line of kvstore, and its client connection. */
@NullMarked
package kvstore.tools;

import org.jspecify.annotations.NullMarked;
