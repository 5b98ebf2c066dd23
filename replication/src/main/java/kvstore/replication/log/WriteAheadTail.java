package kvstore.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Tells a torn last record from a damaged one in RocksDB's write-ahead files.
 *
 * <p>RocksDB takes a record that is longer than what is left of the file for one that was being
 * written when the process died, and forgets it and all after it. A flipped bit in a record's
 * length looks just the same, wherever in the last block it lies. But after a torn record there is
 * nothing, since each write is synced before the next one begins; after a damaged one there are
 * sound records.
 *
 * <p>A flipped bit in a record's type makes it one that RocksDB knows and this log never writes,
 * and opening the database may then not end.
 *
 * <p>The format (of RocksDB's log files, version 1, not recycled): blocks of 32 KiB; in them
 * records of [masked CRC32C of type and payload, 4][payload length, 2][type, 1][payload], little
 * endian.
 */
final class WriteAheadTail {

  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;
  private static final int MAX_TYPE = 4;

  private WriteAheadTail() {}

  /**
   * Checks all write-ahead files of a database that is not open.
   *
   * @throws LogCorruptedException if sound records follow one that looks torn
   */
  static void check(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files = listed.filter(f -> f.toString().endsWith(".log")).toList();
    }
    for (Path file : files) {
      long size = Files.size(file);
      try (var channel = Files.newByteChannel(file)) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (long start = 0; start < size; start += BLOCK) {
          block.clear();
          while (block.hasRemaining() && channel.read(block) >= 0) {
            // until the block is complete
          }
          block.flip();
          checkTypes(file, block);
          if (size - start < BLOCK) {
            checkBlock(file, block);
          }
        }
      }
    }
  }

  /** RocksDB takes other types for records of other releases or of a file that was used before. */
  private static void checkTypes(Path file, ByteBuffer block) throws LogCorruptedException {
    for (int at = 0; at + HEADER <= block.limit(); at += HEADER + length(block, at)) {
      int type = Byte.toUnsignedInt(block.get(at + 6));
      if (type > MAX_TYPE) {
        throw new LogCorruptedException(
            "expected records of the types 1 to "
                + MAX_TYPE
                + " in "
                + file
                + ", but got one of type "
                + type
                + "; this node must join again with an empty directory");
      }
    }
  }

  private static void checkBlock(Path file, ByteBuffer block) throws LogCorruptedException {
    int at = 0;
    while (at + HEADER <= block.limit()) {
      int end = at + HEADER + length(block, at);
      if (end > block.limit()) {
        // Whole but for its length, or followed by whole ones.
        if (isSound(block, at, block.limit()) || isAnySound(block, at + 1)) {
          throw new LogCorruptedException(
              "expected a torn record at the end of "
                  + file
                  + ", but sound records lie there: it is damaged, not torn; this node must join"
                  + " again with an empty directory");
        }
        return;
      }
      at = end;
    }
  }

  private static boolean isAnySound(ByteBuffer block, int from) {
    for (int at = from; at + HEADER <= block.limit(); at++) {
      int end = at + HEADER + length(block, at);
      if (end <= block.limit() && isSound(block, at, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSound(ByteBuffer block, int at, int end) {
    int type = block.get(at + 6);
    if (type <= 0 || type > MAX_TYPE) {
      return false;
    }
    CRC32C crc = new CRC32C();
    crc.update(block.duplicate().position(at + 6).limit(end));
    return masked((int) crc.getValue()) == block.getInt(at);
  }

  private static int length(ByteBuffer block, int at) {
    return Short.toUnsignedInt(block.getShort(at + 4));
  }

  private static int masked(int crc) {
    return Integer.rotateRight(crc, 15) + 0xa282ead8;
  }
}
