@NullMarked
package kvstore.server.config;

import org.jspecify.annotations.NullMarked;
