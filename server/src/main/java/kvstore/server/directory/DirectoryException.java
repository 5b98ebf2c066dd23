package kvstore.server.directory;

/** A command or question of the directory that did not succeed. */
public final class DirectoryException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is known of its effect. */
  public enum Reason {
    /** The directory refused it: no effect; the same again is of no use. */
    REFUSED,
    /** No leader took it: certainly no effect; it may be asked again. */
    NOT_LEADING,
    /** Its outcome is not known: it may have, or yet get, an effect. */
    UNKNOWN
  }

  private final Reason reason;

  public DirectoryException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  static DirectoryException refused(String message) {
    return new DirectoryException(Reason.REFUSED, message);
  }
}
