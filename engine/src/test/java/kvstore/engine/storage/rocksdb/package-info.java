@NullMarked
package kvstore.engine.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
