/** Who is in the cluster, and who this node is. */
@NullMarked
package kvstore.server.cluster;

import org.jspecify.annotations.NullMarked;
