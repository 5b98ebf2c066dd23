package kvstore.engine.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Changes for a {@link MemoryStorage}. */
final class MemoryBatch implements StorageBatch {
  private final List<Consumer<MemoryTables>> changes = new ArrayList<>();

  @Override
  public void put(ColumnFamily family, byte[] key, byte[] value) {
    byte[] keyCopy = key.clone();
    byte[] valueCopy = value.clone();
    changes.add(tables -> tables.table(family).put(keyCopy, valueCopy));
  }

  @Override
  public void delete(ColumnFamily family, byte[] key) {
    byte[] keyCopy = key.clone();
    changes.add(tables -> tables.table(family).remove(keyCopy));
  }

  @Override
  public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
    byte[] fromCopy = from.clone();
    byte[] toCopy = to.clone();
    changes.add(tables -> tables.table(family).subMap(fromCopy, true, toCopy, false).clear());
  }

  void applyTo(MemoryTables tables) {
    changes.forEach(change -> change.accept(tables));
  }

  @Override
  public void clear() {
    changes.clear();
  }

  @Override
  public void close() {
    changes.clear();
  }
}
