package kvstore.testkit.script;

import java.util.List;
import java.util.Set;

/**
 * Requests that one client sends in one go, and what must come back.
 *
 * @param line where it stands in the script, from 1
 * @param client who sends
 * @param requests sent together; their replies are read afterwards, one for each
 * @param marks how to send and compare
 * @param expected the lines of the replies, one after the other
 */
record Step(
    int line, String client, List<Message> requests, Set<Mark> marks, List<String> expected) {

  /** What is written to the socket. */
  sealed interface Message {
    /** A command, as an array of bulk strings. */
    record Command(List<byte[]> words) implements Message {}

    /** Bytes as they are. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Raw(byte[] bytes) implements Message {}
  }

  /** {@code @} lines before a step. */
  enum Mark {
    /** Not sent to Redis: a command of ours, or of a Redis newer than the one compared with. */
    OWN,
    /** The items of the reply may come in any order. */
    UNORDERED,
    /** Sent again until the reply is as expected. */
    EVENTUALLY,
    /** No reply must come. */
    SILENT
  }

  Step {
    requests = List.copyOf(requests);
    marks = Set.copyOf(marks);
    expected = List.copyOf(expected);
  }
}
