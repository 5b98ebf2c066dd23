package kvstore.replication.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import kvstore.testkit.fuzz.FuzzTarget;
import org.slf4j.LoggerFactory;

/**
 * Entries of the shared log, docs/formats/raft-log.md: as they are, which the checksum refuses, and
 * with a checksum that fits, as a bug or another release might have written them.
 */
public final class RaftLogFuzz implements FuzzTarget {

  private static final int GROUP = 3;
  private static final long INDEX = 9;

  static {
    // the library tells every peer that it cannot parse
    ((Logger) LoggerFactory.getLogger(PeerId.class)).setLevel(Level.OFF);
  }

  private static final int CHECKSUM_AT = EntryFormat.HEADER_BYTES - Integer.BYTES;

  @Override
  public String name() {
    return "raft-log";
  }

  @Override
  public List<byte[]> seeds() {
    LogEntry data = new LogEntry(EntryType.ENTRY_TYPE_DATA);
    data.setId(new LogId(INDEX, 5));
    data.setData(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    LogEntry members = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
    members.setId(new LogId(INDEX, 6));
    members.setPeers(List.of(PeerId.parsePeer("n1:1"), PeerId.parsePeer("n2:1")));
    members.setLearners(List.of(PeerId.parsePeer("n3:1")));
    members.setOldPeers(List.of(PeerId.parsePeer("n1:1")));
    LogEntry odd = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
    odd.setId(new LogId(INDEX, 7));
    odd.setPeers(List.of(new PeerId("[n3]", 1))); // the library throws at it
    return List.of(write(data), write(members), write(odd));
  }

  private static byte[] write(LogEntry entry) {
    ByteBuffer out = ByteBuffer.allocate(EntryFormat.size(entry));
    EntryFormat.write(GROUP, entry, out);
    return out.array();
  }

  @Override
  public void read(byte[] input) {
    if (readOne(input) != null) {
      flipped(input);
    }
    if (input.length >= EntryFormat.HEADER_BYTES) {
      byte[] sealed = input.clone();
      CRC32C crc = new CRC32C();
      crc.update(LogKeys.entry(GROUP, INDEX));
      crc.update(sealed, 0, CHECKSUM_AT);
      crc.update(sealed, EntryFormat.HEADER_BYTES, sealed.length - EntryFormat.HEADER_BYTES);
      ByteBuffer.wrap(sealed).putInt(CHECKSUM_AT, (int) crc.getValue());
      LogEntry entry = readOne(sealed);
      if (entry != null) {
        byte[] written = write(entry);
        LogEntry again = readOne(written);
        if (again == null || !Arrays.equals(written, write(again))) {
          throw new AssertionError("an entry is not read as it was written");
        }
      }
    }
    try {
      BookRecord.open(LogKeys.ofGroup(LogKeys.VOTE, GROUP), input);
    } catch (LogCorruptedException malformed) {
      // as documented
    }
  }

  private static void flipped(byte[] sound) {
    byte[] damaged = sound.clone();
    damaged[Math.floorMod(Arrays.hashCode(sound), sound.length)] ^= 1;
    if (readOne(damaged) != null) {
      throw new AssertionError("a flipped bit is not seen");
    }
  }

  private static LogEntry readOne(byte[] bytes) {
    try {
      return EntryFormat.read(GROUP, INDEX, bytes);
    } catch (LogCorruptedException malformed) {
      return null;
    }
  }
}
