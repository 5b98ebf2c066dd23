package kvstore.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import kvstore.replication.log.DiskFaults;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the log's disk fail as a file says, while the node runs: the way for {@code kv_store
 * verify} to fail a disk without root. Off unless the system property {@value #PROPERTY} names a
 * file; the file is read again for each synced write. No file, or an empty one, is a sound disk;
 * else one of
 *
 * <ul>
 *   <li>{@code full}: writes fail, there is no space
 *   <li>{@code write-error}: writes fail
 *   <li>{@code sync-error}: writes reach the disk, but the sync is said to have failed
 *   <li>{@code slow MILLIS}: each write takes so much longer
 * </ul>
 */
final class DiskFaultFile implements DiskFaults {

  static final String PROPERTY = "kvstore.fault.disk";

  private static final Logger LOGGER = LoggerFactory.getLogger(DiskFaultFile.class);

  private final Path file;
  private volatile String last = "";

  DiskFaultFile(Path file) {
    this.file = file;
  }

  /** As the property says; the disk as it is if it says nothing. */
  static DiskFaults ofProperty() {
    String file = System.getProperty(PROPERTY);
    if (file == null) {
      return NONE;
    }
    LOGGER.warn("FAULT INJECTION IS ON: the disk of the log fails as {} says", file);
    return new DiskFaultFile(Path.of(file));
  }

  @Override
  public void beforeWrite() throws IOException {
    String order = order();
    if (!order.equals(last)) {
      last = order;
      LOGGER.warn("FAULT INJECTION: {}", order.isEmpty() ? "none" : order);
    }
    if (order.equals("full")) {
      throw new IOException("No space left on device (injected)");
    } else if (order.equals("write-error")) {
      throw new IOException("Input/output error in a write (injected)");
    } else if (order.startsWith("slow ")) {
      sleep(Long.parseLong(order.substring("slow ".length())));
    } else if (!order.isEmpty() && !order.equals("sync-error")) {
      throw new IOException("expected a fault of the disk in " + file + ", but got " + order);
    }
  }

  @Override
  public void afterWrite() throws IOException {
    if (order().equals("sync-error")) {
      throw new IOException("Input/output error in a sync (injected)");
    }
  }

  private String order() throws IOException {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static void sleep(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted in a slow write", e);
    }
  }
}
