/** What each command does: deterministic functions of state, arguments and leader time. */
@NullMarked
package kvstore.engine.command;

import org.jspecify.annotations.NullMarked;
