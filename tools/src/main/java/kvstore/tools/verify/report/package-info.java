/** What {@code kv_store verify} has found, as text, JSON and a page. */
@NullMarked
package kvstore.tools.verify.report;

import org.jspecify.annotations.NullMarked;
