/** Real processes: nodes of kvstore, and others to compare with; started, stopped, killed. */
@NullMarked
package kvstore.testkit.cluster;

import org.jspecify.annotations.NullMarked;
