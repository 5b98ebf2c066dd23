package kvstore.protocol;

import java.util.List;

/**
 * A reply, independent of the protocol version that a connection speaks. RESP3 shapes are written
 * down to RESP2 by {@link RespEncoder} as Redis does it.
 */
public sealed interface Reply {

  Reply OK = new Simple("OK");
  Reply NIL = new Nil();
  Reply NIL_ARRAY = new NilArray();
  Reply EMPTY_ARRAY = new Array(List.of());

  /** About what an item of a list takes in memory, beside its bytes. */
  long ITEM_OVERHEAD = 40;

  /** A status line without CR and LF, such as {@code OK}. */
  record Simple(String text) implements Reply {}

  /** An error: its code, a space, and a sentence, such as {@code ERR no such key}. */
  record Failure(String message) implements Reply {}

  record Int(long value) implements Reply {}

  /** Bytes of any content; owned by the reply. */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  record Bulk(byte[] value) implements Reply {}

  /** RESP3 null; the null bulk string in RESP2. */
  record Nil() implements Reply {}

  /** RESP3 null; the null array in RESP2 (an aborted EXEC). */
  record NilArray() implements Reply {}

  record Array(List<Reply> items) implements Reply {}

  /** Keys and values in turn; a flat array in RESP2. */
  record Pairs(List<Reply> keysAndValues) implements Reply {}

  /** Distinct items; an array in RESP2. */
  record Distinct(List<Reply> items) implements Reply {}

  /** A double; a bulk string in RESP2. */
  record Decimal(double value) implements Reply {}

  /** A boolean; the integer 0 or 1 in RESP2. */
  record Truth(boolean value) implements Reply {}

  /** Text with a three-letter format, {@code txt} or {@code mkd}; a bulk string in RESP2. */
  record Verbatim(String format, String text) implements Reply {}

  /** An out-of-band message; an array in RESP2. */
  record Push(List<Reply> items) implements Reply {}

  /** About the memory that it takes, if it is a value or a list; what else there is is small. */
  default long bulkBytes() {
    if (this instanceof Bulk bulk) {
      return bulk.value().length;
    }
    List<Reply> items =
        this instanceof Array array
            ? array.items()
            : this instanceof Pairs pairs
                ? pairs.keysAndValues()
                : this instanceof Distinct distinct ? distinct.items() : List.of();
    long bytes = 0;
    for (Reply item : items) {
      bytes += ITEM_OVERHEAD + item.bulkBytes();
    }
    return bytes;
  }

  /** {@code text} as a bulk string, in UTF-8. */
  static Reply bulk(String text) {
    return new Bulk(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
