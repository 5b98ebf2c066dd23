package kvstore.testkit.bench;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What is said on one connection: encodes requests, decodes replies, and remembers when each
 * request was due and sent. One per connection; used by the connection's thread only. Times are
 * those of {@link System#nanoTime}.
 */
interface Conversation {

  /** Hears of each request's end, once. */
  interface Answers {
    void done(long due, long sent, long now);

    /**
     * A request that did not do what it should.
     *
     * @param kind a word or two, such as an error's first word
     */
    void failed(String kind, long now);
  }

  /** Writes what a new connection says first. */
  void begin(Outbox out);

  /** Requests that may be written now. */
  int room();

  /** Writes one request, to what was chosen. There must be {@link #room}. */
  void request(Outbox out, long due, long now);

  /** Follows requests that were written together. */
  void endBatch(Outbox out);

  /**
   * Takes all bytes that came, and reports the requests that they answer.
   *
   * @throws IOException if they are none that could come
   */
  void receive(ByteBuffer in, Outbox out, long now) throws IOException;

  /** Requests without an answer. */
  int outstanding();

  /** When the oldest unanswered request was sent; there must be one. */
  long oldest();
}
