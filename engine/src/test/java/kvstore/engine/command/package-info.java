@NullMarked
package kvstore.engine.command;

import org.jspecify.annotations.NullMarked;
