package kvstore.server.shard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shards of which this node has an open replica. Any thread may call any method. */
public interface LocalShards {

  /** The replica of a shard here, or null. */
  @Nullable Shard find(int number);

  List<Shard> all();
}
