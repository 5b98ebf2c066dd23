package kvstore.engine.storage;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tables of a {@link MemoryStorage}; never changed any more once shared. */
final class MemoryTables {
  private static final String FILE = "memory-storage";

  private final List<NavigableMap<byte[], byte[]>> tables = new ArrayList<>();
  private boolean shared;

  MemoryTables() {
    for (int i = 0; i < ColumnFamily.values().length; i++) {
      tables.add(new TreeMap<>(Arrays::compareUnsigned));
    }
  }

  /** This very object, which from now on does not change. */
  MemoryTables share() {
    shared = true;
    return this;
  }

  /** This object, or a copy if it is shared. */
  MemoryTables writable() {
    if (!shared) {
      return this;
    }
    MemoryTables copy = new MemoryTables();
    for (int i = 0; i < tables.size(); i++) {
      copy.tables.get(i).putAll(tables.get(i));
    }
    return copy;
  }

  NavigableMap<byte[], byte[]> table(ColumnFamily family) {
    return tables.get(family.id());
  }

  byte @Nullable [] get(ColumnFamily family, byte[] key) {
    byte[] value = table(family).get(key);
    return value == null ? null : value.clone();
  }

  void visit(ColumnFamily family, byte[] from, byte[] to, RecordVisitor visitor)
      throws StorageException {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return;
    }
    for (Map.Entry<byte[], byte[]> entry : table(family).subMap(from, true, to, false).entrySet()) {
      byte[] head =
          Arrays.copyOf(
              entry.getValue(), Math.min(RecordVisitor.HEAD_BYTES, entry.getValue().length));
      if (!visitor.visit(entry.getKey().clone(), head, head.length)) {
        return;
      }
    }
  }

  void save(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      for (NavigableMap<byte[], byte[]> table : tables) {
        out.writeInt(table.size());
        for (Map.Entry<byte[], byte[]> entry : table.entrySet()) {
          write(out, entry.getKey());
          write(out, entry.getValue());
        }
      }
    }
  }

  static MemoryTables load(Path directory) throws StorageException {
    Path file = directory.resolve(FILE);
    MemoryTables loaded = new MemoryTables();
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      for (NavigableMap<byte[], byte[]> table : loaded.tables) {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
          byte[] key = read(in);
          table.put(key, read(in));
        }
      }
      return loaded;
    } catch (EOFException e) {
      throw new StorageException(StorageException.Kind.CORRUPTION, file + " is cut short", e);
    } catch (IOException e) {
      throw new StorageException(StorageException.Kind.IO, "cannot read " + file, e);
    }
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }
}
