package kvstore.server.directory;

import io.netty.buffer.Unpooled;
import java.util.function.Supplier;
import kvstore.replication.transport.Responder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers peers' requests; malformed ones are refused with a reason. */
final class Answering {

  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  private Answering() {}

  static void safely(Responder responder, Supplier<byte[]> answer) {
    byte[] body;
    try {
      body = answer.get();
    } catch (IllegalArgumentException e) {
      LOG.warn("A peer's message is refused: {}", e.getMessage());
      responder.refuse(String.valueOf(e.getMessage()));
      return;
    }
    responder.respond(Unpooled.wrappedBuffer(body));
  }
}
