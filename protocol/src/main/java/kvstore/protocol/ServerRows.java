package kvstore.protocol;

import java.util.List;
import kvstore.protocol.CommandSpec.Scope;

/** Commands on the node. */
final class ServerRows {

  private static final String LOOK = "loading stale";
  private static final String ADMIN = "admin noscript loading stale";

  private ServerRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("server");
    rows.row("info", -1, LOOK + " @dangerous")
        .on(Scope.NODE)
        .is("[section [section ...]]", "Tells about the node.");
    rows.row("time", 1, LOOK + " fast")
        .on(Scope.NODE)
        .since("2.6.0")
        .is("", "Returns the node's time.");
    rows.row("command", -1, LOOK + " @connection")
        .on(Scope.NODE)
        .of(command())
        .since("2.8.13")
        .is("[subcommand]", "Describes the commands.");
    rows.row("config", -2, "")
        .on(Scope.NODE)
        .of(config())
        .since("2.0.0")
        .is("subcommand [argument ...]", "Shows and changes settings.");
    rows.row("debug", -2, ADMIN)
        .on(Scope.NODE)
        .is("SLEEP seconds | TRANSFER-LEADER shard node-id", "For tests; off by default.");
    rows.row("shard", -2, "admin")
        .on(Scope.NODE)
        .of(shard())
        .since("0.1.0")
        .is("subcommand", "The replicas on this node.");
    rows.row("shutdown", -1, ADMIN + " no_multi allow_busy")
        .on(Scope.NODE)
        .is("[NOSAVE | SAVE] [NOW] [FORCE]", "Stops the node cleanly.");
    rows.row("memory", -2, "")
        .on(Scope.NODE)
        .of(memory())
        .since("4.0.0")
        .is("subcommand", "Memory.");
    rows.row("latency", -2, "")
        .on(Scope.NODE)
        .of(latency())
        .since("2.8.13")
        .is("subcommand", "Latency.");
    rows.row("slowlog", -2, "")
        .on(Scope.NODE)
        .of(slowlog())
        .since("2.2.12")
        .is("subcommand", "Slow commands.");
    rows.row("acl", -2, "").on(Scope.NODE).of(acl()).since("6.0.0").is("subcommand", "Users.");
    foreign(rows.list());
    return rows.list();
  }

  /** Commands on the node that Redis documents in other groups. */
  private static void foreign(List<CommandSpec> to) {
    Rows generic = new Rows("generic");
    generic
        .row("wait", 3, "noscript @connection")
        .on(Scope.NODE)
        .since("3.0.0")
        .is(
            "numreplicas timeout",
            "Returns how many other replicas hold this connection's acknowledged writes.");
    to.addAll(generic.list());
    Rows cluster = new Rows("cluster");
    cluster
        .row("admin", -2, "admin")
        .on(Scope.NODE)
        .of(admin())
        .is("subcommand", "Shows and changes the cluster; 'kv_store cluster' speaks it.");
    to.addAll(cluster.list());
    to.addAll(ClusterRows.list());
  }

  private static Rows command() {
    Rows rows = new Rows("server");
    rows.row("count", 2, LOOK + " @connection").since("2.8.13").is("", "Counts the commands.");
    rows.row("list", -2, LOOK + " @connection")
        .since("7.0.0")
        .is("[FILTERBY MODULE name | ACLCAT category | PATTERN pattern]", "Names the commands.");
    rows.row("info", -2, LOOK + " @connection")
        .since("2.8.13")
        .is("[command-name ...]", "Describes commands for clients.");
    rows.row("docs", -2, LOOK + " @connection")
        .since("7.0.0")
        .is("[command-name ...]", "Describes commands for people.");
    rows.row("getkeys", -4, LOOK + " @connection")
        .since("2.8.13")
        .is("command [arg ...]", "Returns the keys of a command.");
    rows.row("getkeysandflags", -4, LOOK + " @connection")
        .since("7.0.0")
        .is("command [arg ...]", "Returns the keys of a command and how it uses them.");
    rows.row("help", 2, LOOK + " @connection").since("5.0.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows config() {
    Rows rows = new Rows("server");
    rows.row("get", -3, ADMIN).since("2.0.0").is("parameter [parameter ...]", "Shows settings.");
    rows.row("set", -4, ADMIN)
        .since("2.0.0")
        .is("parameter value [parameter value ...]", "Changes settings.");
    rows.row("resetstat", 2, ADMIN).since("2.0.0").is("", "Sets the counters to 0.");
    rows.row("rewrite", 2, ADMIN).since("2.8.0").is("", "Not offered.");
    rows.row("help", 2, LOOK).since("5.0.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows shard() {
    Rows rows = new Rows("server");
    rows.row("digest", 2, ADMIN)
        .since("0.1.0")
        .costs("O(N)")
        .is(
            "",
            "Returns for each replica on this node: shard, applied log index and term, number of"
                + " records, and a checksum over all of them.");
    rows.row("help", 2, LOOK).since("0.1.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows memory() {
    Rows rows = new Rows("server");
    rows.row("usage", -3, "readonly")
        .keys(2, 2, 1)
        .since("4.0.0")
        .is("key [SAMPLES count]", "Returns about how many bytes a key takes.");
    rows.row("doctor", 2, "").since("4.0.0").is("", "Says whether memory is in order.");
    rows.row("help", 2, LOOK).since("4.0.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows latency() {
    Rows rows = new Rows("server");
    rows.row("latest", 2, ADMIN).since("2.8.13").is("", "Returns no events: none are recorded.");
    rows.row("history", 3, ADMIN).since("2.8.13").is("event", "Returns no events.");
    rows.row("reset", -2, ADMIN).since("2.8.13").is("[event ...]", "Returns 0.");
    rows.row("doctor", 2, ADMIN).since("2.8.13").is("", "Says that none are recorded.");
    rows.row("help", 2, LOOK).since("2.8.13").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows slowlog() {
    Rows rows = new Rows("server");
    rows.row("get", -2, "admin loading stale")
        .since("2.2.12")
        .is("[count]", "Returns no commands: none are recorded.");
    rows.row("len", 2, "admin loading stale").since("2.2.12").is("", "Returns 0.");
    rows.row("reset", 2, "admin loading stale").since("2.2.12").is("", "Accepted.");
    rows.row("help", 2, LOOK).since("6.2.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows acl() {
    Rows rows = new Rows("server");
    rows.row("whoami", 2, LOOK + " noscript").since("6.0.0").is("", "Returns the user's name.");
    rows.row("cat", -2, LOOK + " noscript")
        .since("6.0.0")
        .is("[category]", "Lists the categories.");
    rows.row("help", 2, LOOK).since("6.0.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static Rows admin() {
    Rows rows = new Rows("cluster");
    rows.row("state", 2, "admin").is("", "Returns nodes, shards and settings as JSON.");
    rows.row("decommission", 3, "admin").is("node", "Empties a node and takes it out for good.");
    rows.row("move", 5, "admin").is("shard from to", "Moves a replica to another node.");
    rows.row("transfer", 4, "admin").is("shard node", "Makes a node lead a shard.");
    rows.row("split", -3, "admin").is("shard [slot]", "Splits a shard in two.");
    rows.row("rebalance", 2, "admin").is("", "Spreads replicas and leaders evenly, now.");
    rows.row("set", 4, "admin").is("setting value", "Changes a setting of the cluster.");
    rows.row("join-token", 2, "admin").is("", "Returns the command that makes a new node join.");
    rows.row("help", 2, LOOK).is("", "Lists the subcommands.");
    return rows;
  }
}
