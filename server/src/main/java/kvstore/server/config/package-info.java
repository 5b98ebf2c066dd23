/** The one table of options: how each is named, read, checked, defaulted and explained. */
@NullMarked
package kvstore.server.config;

import org.jspecify.annotations.NullMarked;
