package kvstore.engine.storage;

/** The answer is not in memory. One shared instance without a stack: it is no failure. */
public final class WouldBlockException extends StorageException {
  private static final long serialVersionUID = 1L;
  private static final WouldBlockException INSTANCE = new WouldBlockException();

  private WouldBlockException() {
    super(Kind.WOULD_BLOCK, "the answer is not in memory");
  }

  public static WouldBlockException instance() {
    return INSTANCE;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
