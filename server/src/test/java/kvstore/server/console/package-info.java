@NullMarked
package kvstore.server.console;

import org.jspecify.annotations.NullMarked;
