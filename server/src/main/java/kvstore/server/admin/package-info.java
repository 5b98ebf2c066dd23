/**
 * What an operator asks and orders: ADMIN and its subcommands, answered by the directory's leader.
 */
@NullMarked
package kvstore.server.admin;

import org.jspecify.annotations.NullMarked;
