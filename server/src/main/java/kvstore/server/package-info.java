/** One node: wires the layers together. */
@NullMarked
package kvstore.server;

import org.jspecify.annotations.NullMarked;
