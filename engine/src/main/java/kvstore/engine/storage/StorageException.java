package kvstore.engine.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A storage that could not do what was asked of it. */
public class StorageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What the owner of the storage can do about it. */
  public enum Kind {
    /** The disk is full: may work again when there is room. */
    NO_SPACE,
    /** Stored bytes are not what was written: the replica must be fetched anew. */
    CORRUPTION,
    /** The disk or file system failed. */
    IO,
    /** The storage has been closed. */
    CLOSED,
    /** Written by a newer version. */
    NEWER_FORMAT,
    /** Nothing is wrong: the answer is not in memory, and only memory was allowed. */
    WOULD_BLOCK
  }

  private final Kind kind;

  public StorageException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public StorageException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
