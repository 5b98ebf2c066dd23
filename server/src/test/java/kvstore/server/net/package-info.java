@NullMarked
package kvstore.server.net;

import org.jspecify.annotations.NullMarked;
