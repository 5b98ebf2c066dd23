/** The prompt, scripts and single commands against a running node. */
@NullMarked
package kvstore.tools.shell;

import org.jspecify.annotations.NullMarked;
