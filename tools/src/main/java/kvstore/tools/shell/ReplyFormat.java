package kvstore.tools.shell;

import java.nio.charset.StandardCharsets;
import kvstore.protocol.Reply;

/** How a reply is shown. Implementations have no state. */
interface ReplyFormat {

  /** The reply as bytes, without the last line break. */
  byte[] format(Reply reply);

  /** As {@link #format}, as text. */
  default String text(Reply reply) {
    return new String(format(reply), StandardCharsets.UTF_8);
  }
}
