package kvstore.replication;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a state machine has stored is not what it wrote. Nothing may be answered from it any more;
 * see {@link StateMachine#rebuild}.
 */
public final class DamagedStateException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message names the file, as far as it is known
   */
  public DamagedStateException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
