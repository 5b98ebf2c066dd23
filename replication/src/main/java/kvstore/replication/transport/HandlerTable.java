package kvstore.replication.transport;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Which handler answers which method. Thread-safe. */
final class HandlerTable implements Handlers {

  static final int METHODS = 256;

  /**
   * @param executor where the handler runs; null for the event loop
   */
  record Entry(Handler handler, @Nullable Executor executor) {}

  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(METHODS);

  void set(int method, Handler handler, @Nullable Executor executor) {
    check(method);
    if (!entries.compareAndSet(method, null, new Entry(handler, executor))) {
      throw new IllegalStateException("method " + method + " has a handler already");
    }
  }

  @Override
  public @Nullable Entry get(int method) {
    return method < METHODS ? entries.get(method) : null;
  }

  /** One method alone, as if there were no others. */
  Handlers only(int method) {
    return asked -> asked == method ? get(asked) : null;
  }

  static void check(int method) {
    if (method < 1 || method >= METHODS) {
      throw new IllegalArgumentException(
          "expected a method of 1 to " + (METHODS - 1) + ", but got " + method);
    }
  }
}
