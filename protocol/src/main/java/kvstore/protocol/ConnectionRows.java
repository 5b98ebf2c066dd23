package kvstore.protocol;

import java.util.List;
import kvstore.protocol.CommandSpec.Scope;

/** Commands on the connection itself, and transactions. */
final class ConnectionRows {

  private static final String PLAIN = "noscript loading stale @connection";
  private static final String PLAIN_FAST = "noscript loading stale fast @connection";
  private static final String TRANSACTION = "noscript loading stale fast @transaction";

  private ConnectionRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("connection");
    rows.row("auth", -2, PLAIN_FAST + " no_auth allow_busy")
        .is("[username] password", "Authenticates the connection.");
    rows.row("hello", -1, PLAIN_FAST + " no_auth allow_busy")
        .since("6.0.0")
        .is(
            "[protover [AUTH username password] [SETNAME clientname]]",
            "Chooses the protocol version and tells about the server.");
    rows.row("ping", -1, "fast @connection").is("[message]", "Answers PONG, or the message.");
    rows.row("echo", 2, "loading stale fast @connection").is("message", "Answers the message.");
    rows.row("quit", -1, PLAIN_FAST + " no_auth allow_busy").is("", "Closes the connection.");
    rows.row("reset", 1, PLAIN_FAST + " no_auth allow_busy")
        .since("6.2.0")
        .is("", "Puts the connection back to its first state.");
    rows.row("select", 2, "loading stale fast @connection")
        .is("index", "Chooses a database; there is only 0.");
    rows.row("client", -2, "")
        .of(client())
        .since("2.4.0")
        .is("subcommand [argument ...]", "Looks at and steers client connections.");
    cluster(rows.list());
    transactions(rows.list());
    return rows.list();
  }

  private static void cluster(List<CommandSpec> to) {
    Rows rows = new Rows("cluster");
    rows.row("readonly", 1, "loading stale fast @connection")
        .since("3.0.0")
        .is("", "Lets any replica answer this connection's reads, however stale.");
    rows.row("readwrite", 1, "loading stale fast @connection")
        .since("3.0.0")
        .is("", "Ends READONLY: reads see every acknowledged write again.");
    rows.row("asking", 1, "fast @connection")
        .since("3.0.0")
        .is("", "Accepted for cluster-aware clients; changes nothing.");
    to.addAll(rows.list());
  }

  private static void transactions(List<CommandSpec> to) {
    Rows rows = new Rows("transactions");
    rows.row("multi", 1, TRANSACTION + " allow_busy")
        .since("1.2.0")
        .is("", "Begins a transaction: commands are queued until EXEC.");
    rows.row("exec", 1, "noscript loading stale skip_slowlog @transaction")
        .since("1.2.0")
        .is("", "Runs the queued commands as one, unless a watched key has changed.");
    rows.row("discard", 1, TRANSACTION + " allow_busy")
        .since("2.0.0")
        .is("", "Drops the queued commands.");
    rows.row("watch", -2, TRANSACTION + " allow_busy")
        .keys(1, -1, 1)
        .on(Scope.CONNECTION)
        .since("2.2.0")
        .is("key [key ...]", "Makes the next EXEC depend on keys staying as they are.");
    rows.row("unwatch", 1, TRANSACTION + " allow_busy")
        .since("2.2.0")
        .is("", "Forgets all watched keys.");
    to.addAll(rows.list());
  }

  private static Rows client() {
    Rows rows = new Rows("connection");
    rows.row("id", 2, PLAIN).since("5.0.0").is("", "Returns the connection's id.");
    rows.row("info", 2, PLAIN).since("6.2.0").is("", "Describes the connection.");
    rows.row("list", -2, PLAIN + " admin")
        .since("2.4.0")
        .is("[TYPE type] [ID client-id [client-id ...]]", "Describes all connections.");
    rows.row("setname", 3, PLAIN).since("2.6.9").is("name", "Names the connection.");
    rows.row("getname", 2, PLAIN).since("2.6.9").is("", "Returns the connection's name.");
    rows.row("setinfo", 4, PLAIN)
        .since("7.2.0")
        .is("LIB-NAME libname | LIB-VER libver", "Takes note of the client library.");
    rows.row("kill", -3, PLAIN + " admin")
        .since("2.4.0")
        .is(
            "ip:port | [ID client-id] [TYPE type] [ADDR ip:port] [LADDR ip:port] [SKIPME yes|no]",
            "Closes connections.");
    rows.row("reply", 3, PLAIN).since("3.2.0").is("ON | OFF | SKIP", "Turns replies off and on.");
    rows.row("no-evict", 3, PLAIN + " admin")
        .since("7.0.0")
        .is("ON | OFF", "Accepted; nothing is evicted.");
    rows.row("no-touch", 3, PLAIN).since("7.2.0").is("ON | OFF", "Accepted; changes nothing.");
    rows.row("getredir", 2, PLAIN).since("6.0.0").is("", "Returns -1: there is no tracking.");
    rows.row("tracking", -3, PLAIN)
        .since("6.0.0")
        .is("OFF", "Accepts OFF only: there is no tracking.");
    rows.row("trackinginfo", 2, PLAIN).since("6.2.0").is("", "Says that tracking is off.");
    rows.row("pause", -3, PLAIN + " admin")
        .since("2.9.50")
        .is("timeout [WRITE | ALL]", "Not offered.");
    rows.row("unpause", 2, PLAIN + " admin").since("6.2.0").is("", "Accepted; nothing is paused.");
    rows.row("unblock", -3, PLAIN + " admin")
        .since("5.0.0")
        .is("client-id", "Returns 0: nothing blocks.");
    rows.row("help", 2, "loading stale @connection")
        .since("5.0.0")
        .is("", "Lists the subcommands.");
    return rows;
  }
}
