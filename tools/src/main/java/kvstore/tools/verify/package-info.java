/**
 * {@code kv_store verify}: a cluster on this machine, clients, faults on purpose, and a verdict on
 * whether the promises held.
 */
@NullMarked
package kvstore.tools.verify;

import org.jspecify.annotations.NullMarked;
