/** The HTTP port: health, readiness, metrics. */
@NullMarked
package kvstore.server.console;

import org.jspecify.annotations.NullMarked;
