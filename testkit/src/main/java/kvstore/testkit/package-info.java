/** Whole-cluster tests and what they need; never shipped. */
@NullMarked
package kvstore.testkit;

import org.jspecify.annotations.NullMarked;
