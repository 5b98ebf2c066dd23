package kvstore.replication.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The small records of the book: content followed by a checksum of key and content. */
final class BookRecord {

  private BookRecord() {}

  static byte[] seal(byte[] key, byte[] content) {
    return ByteBuffer.allocate(content.length + Integer.BYTES)
        .put(content)
        .putInt(checksum(key, content, content.length))
        .array();
  }

  static ByteBuffer open(byte[] key, byte[] sealed) throws LogCorruptedException {
    int length = sealed.length - Integer.BYTES;
    if (length < 0 || ByteBuffer.wrap(sealed).getInt(length) != checksum(key, sealed, length)) {
      throw new LogCorruptedException(
          "expected a sound record of kind "
              + key[0]
              + " in the shared log, but its checksum does not match; the replica must join again"
              + " with an empty directory");
    }
    return ByteBuffer.wrap(sealed, 0, length).slice();
  }

  private static int checksum(byte[] key, byte[] content, int length) {
    CRC32C crc = new CRC32C();
    crc.update(key);
    crc.update(content, 0, length);
    return (int) crc.getValue();
  }
}
