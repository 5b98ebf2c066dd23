/**
 * The stress test: load from a few threads, with every value read checked against what was written.
 */
@NullMarked
package kvstore.tools.stress;

import org.jspecify.annotations.NullMarked;
