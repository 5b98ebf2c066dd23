package kvstore.tools;

import java.io.IOException;

/** The server is there, but will not talk to us: a wrong password, too many clients. */
public final class RefusedException extends IOException {

  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
