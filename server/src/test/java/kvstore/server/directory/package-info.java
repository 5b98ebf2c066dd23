@NullMarked
package kvstore.server.directory;

import org.jspecify.annotations.NullMarked;
