/** The storage port over RocksDB; the only package that knows it. */
@NullMarked
package kvstore.engine.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
