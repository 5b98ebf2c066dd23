/**
 * What clients make a node hold, all of them together: counted in one place, since bounded there.
 */
@NullMarked
package kvstore.server.memory;

import org.jspecify.annotations.NullMarked;
