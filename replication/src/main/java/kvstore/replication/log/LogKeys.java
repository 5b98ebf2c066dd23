package kvstore.replication.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keys of the shared log; docs/formats/raft-log.md. All numbers are big endian. */
final class LogKeys {

  /** Kinds of records in the book, the column family beside the entries. */
  static final byte FORMAT = 0;

  static final byte GROUP = 1;
  static final byte START = 2;
  static final byte VOTE = 3;
  static final byte CONFIGURATION = 4;
  static final byte FORMER_END = 5;

  static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private LogKeys() {}

  static byte[] entry(int group, long index) {
    return ByteBuffer.allocate(ENTRY_BYTES).putInt(group).putLong(index).array();
  }

  static byte[] format() {
    return new byte[] {FORMAT};
  }

  static byte[] group(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + bytes.length).put(GROUP).put(bytes).array();
  }

  static byte[] ofGroup(byte kind, int group) {
    return ByteBuffer.allocate(1 + Integer.BYTES).put(kind).putInt(group).array();
  }

  static byte[] configuration(int group, long index) {
    return ByteBuffer.allocate(1 + ENTRY_BYTES)
        .put(CONFIGURATION)
        .putInt(group)
        .putLong(index)
        .array();
  }
}
