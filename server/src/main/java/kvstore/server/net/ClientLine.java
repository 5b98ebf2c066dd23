package kvstore.server.net;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A connection as CLIENT LIST shows it; the fields and their names are Redis's. */
final class ClientLine {

  private static final long NANOS = 1_000_000_000L;

  private ClientLine() {}

  static String of(Connection client) {
    Session session = client.session();
    Transaction transaction = session.transaction();
    return "id="
        + client.id()
        + " addr="
        + remote(client)
        + " laddr="
        + local(client)
        + " fd=-1"
        + " name="
        + session.name()
        + " age="
        + client.ageNanos() / NANOS
        + " idle="
        + client.idleNanos() / NANOS
        + " flags="
        + (transaction == null ? "N" : "x")
        + " db=0 sub=0 psub=0 ssub=0"
        + " multi="
        + (transaction == null ? -1 : transaction.commands().size())
        + " pending="
        + client.pending()
        + " events=r cmd="
        + client.lastCommandName()
        + " user=default redir=-1"
        + " resp="
        + (session.isResp3() ? 3 : 2)
        + " lib-name="
        + session.libraryName()
        + " lib-ver="
        + session.libraryVersion();
  }

  static String remote(Connection client) {
    return text(client.channel().remoteAddress());
  }

  static String local(Connection client) {
    return text(client.channel().localAddress());
  }

  private static String text(@Nullable SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return "?:0";
    }
    String host = inet.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
  }
}
