package kvstore.replication.log;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group's term and vote, in the shared log: synced before the setters return, so before the vote
 * they record is answered. After a failed write the replica is in error and answers no vote.
 *
 * <p>Called by the Raft library under its node's lock.
 */
public final class GroupVote implements RaftMetaStorage {

  private static final Logger LOGGER = LoggerFactory.getLogger(GroupVote.class);

  private final SharedLog log;
  private final int group;
  private @Nullable NodeImpl node;
  private long term;
  private PeerId votedFor = PeerId.emptyPeer();

  GroupVote(SharedLog log, int group) {
    this.log = log;
    this.group = group;
  }

  /** Reads term and vote from disk. */
  public void load() throws IOException {
    ByteBuffer content = log.readBook(LogKeys.ofGroup(LogKeys.VOTE, group));
    if (content == null) {
      return;
    }
    if (content.remaining() < Long.BYTES) {
      throw new LogCorruptedException("expected a term in the vote of group " + group);
    }
    term = content.getLong();
    PeerId peer = new PeerId();
    String text = StandardCharsets.UTF_8.decode(content).toString();
    if (!text.isEmpty() && !peer.parse(text)) {
      throw new LogCorruptedException("expected a peer in the vote of group " + group);
    }
    votedFor = peer;
  }

  @Override
  public boolean init(RaftMetaStorageOptions options) {
    node = options.getNode();
    try {
      load();
      return true;
    } catch (IOException e) {
      LOGGER.error("Could not read term and vote of group {}", group, e);
      return false;
    }
  }

  @Override
  public void shutdown() {}

  @Override
  public boolean setTerm(long newTerm) {
    return store(newTerm, votedFor);
  }

  @Override
  public long getTerm() {
    return term;
  }

  @Override
  public boolean setVotedFor(PeerId peer) {
    return store(term, peer);
  }

  @Override
  public PeerId getVotedFor() {
    return votedFor;
  }

  @Override
  public boolean setTermAndVotedFor(long newTerm, PeerId peer) {
    return store(newTerm, peer);
  }

  /** Memory follows the disk, never the other way round: a vote not stored was not given. */
  private boolean store(long newTerm, PeerId peer) {
    byte[] text = peer.isEmpty() ? new byte[0] : peer.toString().getBytes(StandardCharsets.UTF_8);
    byte[] key = LogKeys.ofGroup(LogKeys.VOTE, group);
    byte[] content =
        ByteBuffer.allocate(Long.BYTES + text.length).putLong(newTerm).put(text).array();
    try {
      log.write((batch, book, entries) -> batch.put(book, key, BookRecord.seal(key, content)));
      term = newTerm;
      votedFor = peer.copy();
      return true;
    } catch (IOException e) {
      LOGGER.error(
          "Could not store term {} and vote of group {}: {}", newTerm, group, e.getMessage());
      NodeImpl owner = node;
      if (owner != null) {
        owner.onError(
            new RaftException(
                ErrorType.ERROR_TYPE_META, RaftError.EIO, "Could not store term and vote"));
      }
      return false;
    }
  }
}
