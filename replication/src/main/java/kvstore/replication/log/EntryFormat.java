package kvstore.replication.log;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An entry as it lies on disk; docs/formats/raft-log.md. The checksum covers the key too, so that
 * an entry found under another index is no entry.
 */
final class EntryFormat {

  static final byte VERSION = 1;

  private static final int CHECKSUM_AT = 1 + 1 + Long.BYTES;
  static final int HEADER_BYTES = CHECKSUM_AT + Integer.BYTES;

  private EntryFormat() {}

  /** Bytes {@link #write} needs for {@code entry}. */
  static int size(LogEntry entry) {
    return HEADER_BYTES + bodySize(entry);
  }

  /** Writes {@code entry} at the position of {@code out}; leaves the entry's data unread. */
  static void write(int group, LogEntry entry, ByteBuffer out) {
    int start = out.position();
    out.put(VERSION).put((byte) entry.getType().getNumber()).putLong(entry.getId().getTerm());
    out.putInt(0);
    if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
      writePeers(entry.getPeers(), out);
      writePeers(entry.getLearners(), out);
      writePeers(entry.getOldPeers(), out);
      writePeers(entry.getOldLearners(), out);
    } else if (entry.getData() != null) {
      out.put(entry.getData().duplicate());
    }
    out.putInt(
        start + CHECKSUM_AT,
        checksum(
            LogKeys.entry(group, entry.getId().getIndex()),
            out.duplicate().flip().position(start)));
  }

  /**
   * Reads an entry; its data is a view of {@code value}.
   *
   * @throws LogCorruptedException if the bytes are not what was written under this key
   */
  static LogEntry read(int group, long index, byte[] value) throws LogCorruptedException {
    ByteBuffer in = ByteBuffer.wrap(value);
    if (value.length < HEADER_BYTES
        || in.getInt(CHECKSUM_AT) != checksum(LogKeys.entry(group, index), in.duplicate())) {
      throw new LogCorruptedException(
          "expected entry " + index + " of group " + group + ", but its checksum does not match");
    }
    byte version = in.get();
    EntryType type = EntryType.forNumber(in.get());
    if (version != VERSION || type == null) {
      throw new LogCorruptedException(
          "expected an entry of format " + VERSION + ", but got " + version + "; upgrade first");
    }
    LogEntry entry = new LogEntry(type);
    entry.setId(new LogId(index, in.getLong()));
    in.getInt();
    if (type == EntryType.ENTRY_TYPE_CONFIGURATION) {
      try {
        entry.setPeers(readPeers(in));
        entry.setLearners(readPeers(in));
        entry.setOldPeers(readPeers(in));
        entry.setOldLearners(readPeers(in));
      } catch (BufferUnderflowException | IllegalArgumentException e) {
        // the latter from the library, of what looks like an address
        throw new LogCorruptedException(
            "expected the members in entry " + index + " of group " + group + ", but got " + e);
      }
    } else if (in.hasRemaining()) {
      entry.setData(in.slice());
    }
    return entry;
  }

  private static int bodySize(LogEntry entry) {
    if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
      return peersSize(entry.getPeers())
          + peersSize(entry.getLearners())
          + peersSize(entry.getOldPeers())
          + peersSize(entry.getOldLearners());
    }
    return entry.getData() == null ? 0 : entry.getData().remaining();
  }

  private static int peersSize(@Nullable List<PeerId> peers) {
    int size = Short.BYTES;
    if (peers != null) {
      for (PeerId peer : peers) {
        size += Short.BYTES + peer.toString().getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return size;
  }

  private static void writePeers(@Nullable List<PeerId> peers, ByteBuffer out) {
    if (peers == null) {
      out.putShort((short) 0);
      return;
    }
    out.putShort((short) peers.size());
    for (PeerId peer : peers) {
      byte[] bytes = peer.toString().getBytes(StandardCharsets.UTF_8);
      out.putShort((short) bytes.length).put(bytes);
    }
  }

  /** Null for none, as the Raft library has it. */
  @SuppressWarnings("NullAway") // the library's setters take null for none
  private static List<PeerId> readPeers(ByteBuffer in) throws LogCorruptedException {
    int count = Short.toUnsignedInt(in.getShort());
    if (count == 0) {
      return null;
    }
    List<PeerId> peers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
      in.get(bytes);
      PeerId peer = new PeerId();
      if (!peer.parse(new String(bytes, StandardCharsets.UTF_8))) {
        throw new LogCorruptedException("expected a peer in a configuration entry");
      }
      peers.add(peer);
    }
    return peers;
  }

  /** CRC32C of the key and of all of {@code entry} but the four bytes the checksum lies in. */
  private static int checksum(byte[] key, ByteBuffer entry) {
    int start = entry.position();
    CRC32C crc = new CRC32C();
    crc.update(key);
    crc.update(entry.duplicate().limit(start + CHECKSUM_AT));
    crc.update(entry.duplicate().position(start + HEADER_BYTES));
    return (int) crc.getValue();
  }
}
