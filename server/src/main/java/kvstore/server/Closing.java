package kvstore.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parts of a node in the order they were started, to be closed in reverse. Not thread-safe. */
final class Closing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  <T extends AutoCloseable> T later(T part) {
    parts.push(part);
    return part;
  }

  /** Closes all parts, whatever any of them throws. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.error("Closing {} failed", part.getClass().getSimpleName(), e);
      }
    }
  }
}
