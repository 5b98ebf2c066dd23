/** What can go wrong with nodes, made to happen on purpose. */
@NullMarked
package kvstore.tools.verify.fault;

import org.jspecify.annotations.NullMarked;
