/** What clients were told, to be held against what the cluster says later. */
@NullMarked
package kvstore.testkit.history;

import org.jspecify.annotations.NullMarked;
