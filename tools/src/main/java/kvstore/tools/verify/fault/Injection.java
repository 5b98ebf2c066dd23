package kvstore.tools.verify.fault;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A fault that is happening. For one thread. */
public interface Injection {

  /** What happens, and to whom. */
  String what();

  /** Called again and again while it lasts. */
  default void tick() {}

  /** What the cluster should not have done, known after the end; null if nothing. */
  default @Nullable String finding() {
    return null;
  }

  /** Ends it; returns before the cluster has recovered. */
  void end() throws IOException, InterruptedException;
}
