package kvstore.server.net;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kvstore.protocol.Reply;
import kvstore.server.admin.Administration;

/** ADMIN: hands an operator's words to the cluster's administration. */
final class AdminCommand implements SessionCommand {

  private final Gateway gateway;

  AdminCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    List<String> words = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      words.add(new String(arguments[i], StandardCharsets.UTF_8));
    }
    gateway.node().administration().ask(words).thenAccept(answer -> slot.reply(reply(answer)));
  }

  private static Reply reply(Administration.Answer answer) {
    return answer.ok() ? Reply.bulk(answer.text()) : new Reply.Failure(answer.text());
  }
}
