package kvstore.server.shard;

import java.io.IOException;
import java.util.Collection;
import kvstore.engine.keyspace.Keyspace;

/**
 * What becomes of the shards that split off those of this node. A parent calls, in this order, on
 * its apply thread: {@link #seed}, before the split has any effect, and {@link #born} after it. A
 * crash between them, or soon after, makes the parent apply the split again when it starts, or, if
 * the split was durable, tell of it by {@link #opened}.
 */
public interface Births {

  /** For a node without room for more shards: splits are refused. */
  Births NONE =
      new Births() {
        @Override
        public void seed(Birth birth, Keyspace parent) throws IOException {
          throw new IOException("this node cannot split shards");
        }

        @Override
        public void born(Birth birth, Keyspace parent, boolean leads) {}

        @Override
        public void opened(int parent, Collection<Birth> births) {}
      };

  /**
   * Copies the parent's state, whole, durably, in place of an earlier copy for the same child.
   *
   * @throws IOException if it cannot; the parent's replica must not go on
   */
  void seed(Birth birth, Keyspace parent) throws IOException;

  /**
   * The split is applied here. Returns at once; in the background the parent is flushed, then the
   * child opened.
   *
   * @param leads whether this node's replica led the parent, so that it should lead the child
   */
  void born(Birth birth, Keyspace parent, boolean leads);

  /**
   * A parent's state was opened, or replaced by a snapshot. Returns at once.
   *
   * @param births those that its durable state tells of
   */
  void opened(int parent, Collection<Birth> births);
}
