package kvstore.engine.command;

import java.util.List;

/** What a command came to; the server turns it into a reply of the client's protocol. */
public sealed interface Outcome {

  Outcome OK = new Text("OK");
  Outcome NIL = new Nil();
  Outcome NIL_MANY = new NilMany();

  /** About what an item of a list takes in memory, beside its bytes. */
  long ITEM_OVERHEAD = 40;

  /** Nothing was done or read: a key is not, or not any longer, of this keyspace's slots. */
  Outcome ELSEWHERE = new Elsewhere();

  /** About the memory that it takes, if it is a value or a list; what else there is is small. */
  default long valueBytes() {
    if (this instanceof Bytes bytes) {
      return bytes.value().length;
    }
    List<Outcome> items =
        this instanceof Many many
            ? many.items()
            : this instanceof Pairs pairs ? pairs.keysAndValues() : List.of();
    long bytes = 0;
    for (Outcome item : items) {
      bytes += ITEM_OVERHEAD + item.valueBytes();
    }
    return bytes;
  }

  /** A status word, such as {@code OK}. */
  record Text(String text) implements Outcome {}

  record Int(long value) implements Outcome {}

  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  record Bytes(byte[] value) implements Outcome {}

  /** No such value. */
  record Nil() implements Outcome {}

  /** See {@link #ELSEWHERE}. Never part of another outcome. */
  record Elsewhere() implements Outcome {}

  /** No such list: a transaction that a watched key aborted. */
  record NilMany() implements Outcome {}

  record Many(List<Outcome> items) implements Outcome {}

  /** Keys and values in turn. */
  record Pairs(List<Outcome> keysAndValues) implements Outcome {}

  /**
   * Refused: Redis's error text with its code, such as {@code ERR value is not an integer or out of
   * range}.
   */
  record Refused(String message) implements Outcome {}
}
