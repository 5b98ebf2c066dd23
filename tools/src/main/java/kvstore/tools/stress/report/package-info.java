/** What a stress test found, as text, JSON and a page. */
@NullMarked
package kvstore.tools.stress.report;

import org.jspecify.annotations.NullMarked;
