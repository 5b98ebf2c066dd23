/** {@code kv_store cluster}: what an operator sees of a running cluster, and changes. */
@NullMarked
package kvstore.tools.admin;

import org.jspecify.annotations.NullMarked;
