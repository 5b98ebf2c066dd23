package kvstore.testkit.simulation;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongFunction;
import kvstore.replication.Proposal;
import kvstore.replication.StateMachine;
import kvstore.testkit.simulation.Journal.Entry;
import org.jspecify.annotations.Nullable;

/** A run of entries for the state machine. */
final class EntryRun implements StateMachine.Entries {

  private final List<Entry> entries;
  private final LongFunction<@Nullable Proposal> proposals;
  private int position = -1;

  /**
   * @param proposals of this replica, by index; asked for once
   */
  EntryRun(List<Entry> entries, LongFunction<@Nullable Proposal> proposals) {
    this.entries = entries;
    this.proposals = proposals;
  }

  @Override
  public boolean next() {
    return ++position < entries.size();
  }

  @Override
  public long index() {
    return entries.get(position).index();
  }

  @Override
  public long term() {
    return entries.get(position).term();
  }

  @Override
  public ByteBuffer payload() {
    byte[] payload = entries.get(position).payload();
    if (payload == null) {
      throw new IllegalStateException("an entry of the group's own");
    }
    return ByteBuffer.wrap(payload).asReadOnlyBuffer();
  }

  @Override
  public @Nullable Proposal proposal() {
    return proposals.apply(index());
  }
}
