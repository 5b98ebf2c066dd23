package kvstore.server.shard;

/**
 * A write was sent to a leader of the shard, and no answer came. Only a leader of a later term can
 * tell what became of it: by then all entries of the earlier terms that ever will be are applied.
 *
 * @param shard whose leader it was sent to
 * @param term newest term in which it was sent
 * @param since a log index applied by a leader before it was first sent: its entry comes after
 * @param repeatable whether it may be proposed again if it was not applied; not if something that
 *     was sent after it may have taken effect
 */
public record Doubt(int shard, long term, long since, boolean repeatable) {

  /** After it was sent once more, in a term not before the last. */
  public Doubt again(long newestTerm) {
    return new Doubt(shard, Math.max(term, newestTerm), since, repeatable);
  }

  /** After something followed it. */
  public Doubt followed() {
    return new Doubt(shard, term, since, false);
  }
}
