package kvstore.protocol;

import java.util.List;
import kvstore.protocol.CommandSpec.Scope;

/** CLUSTER: what the cluster looks like to clients that know the Redis Cluster protocol. */
final class ClusterRows {

  private static final String LOOK = "stale";
  private static final String ADMIN_LOOK = "admin stale";
  private static final String ADMIN = "admin stale no_async_loading";
  private static final String NOT_OFFERED = "Not offered: the cluster places shards by itself.";

  private ClusterRows() {}

  static List<CommandSpec> list() {
    Rows rows = new Rows("cluster");
    rows.row("cluster", -2, "")
        .on(Scope.NODE)
        .of(subcommands())
        .since("3.0.0")
        .is("subcommand [argument ...]", "Tells how the keys are spread over the nodes.");
    return rows.list();
  }

  private static Rows subcommands() {
    Rows rows = new Rows("cluster");
    shape(rows);
    keys(rows);
    nodes(rows);
    notOffered(rows);
    rows.row("help", 2, "loading stale").since("5.0.0").is("", "Lists the subcommands.");
    return rows;
  }

  private static void shape(Rows rows) {
    rows.row("slots", 2, LOOK)
        .since("3.0.0")
        .is("", "Returns each range of slots with its leader and its other replicas.");
    rows.row("shards", 2, LOOK)
        .since("7.0.0")
        .is("", "Returns each shard with its slots and replicas.");
    rows.row("nodes", 2, LOOK)
        .since("3.0.0")
        .is("", "Returns a line for each node: <id> <host:port@peer-port> <flags> <leader> ...");
    rows.row("info", 2, LOOK).since("3.0.0").is("", "Says whether every slot is served.");
    rows.row("myid", 2, LOOK).since("3.0.0").is("", "Returns the node's id.");
    rows.row("myshardid", 2, LOOK).since("7.2.0").is("", "Returns the id of the node's shard.");
    rows.row("links", 2, LOOK).since("7.0.0").is("", "Returns the connections to other nodes.");
  }

  private static void keys(Rows rows) {
    rows.row("keyslot", 3, LOOK).since("3.0.0").is("key", "Returns the hash slot of a key.");
    rows.row("countkeysinslot", 3, LOOK).since("3.0.0").is("slot", "Counts the keys of a slot.");
    rows.row("getkeysinslot", 4, LOOK)
        .since("3.0.0")
        .is("slot count", "Returns keys of a slot, as many as are wanted.");
  }

  private static void nodes(Rows rows) {
    rows.row("replicas", 3, ADMIN_LOOK)
        .since("5.0.0")
        .is("node-id", "Returns a line for each node that replicates a shard of this node.");
    rows.row("slaves", 3, ADMIN_LOOK).since("3.0.0").is("node-id", "The same as REPLICAS.");
    rows.row("count-failure-reports", 3, ADMIN_LOOK)
        .since("3.0.0")
        .is("node-id", "Returns 1 if the node is held to be down, else 0.");
  }

  private static void notOffered(Rows rows) {
    rows.row("addslots", -3, ADMIN).since("3.0.0").is("slot [slot ...]", NOT_OFFERED);
    rows.row("addslotsrange", -4, ADMIN)
        .since("7.0.0")
        .is("start-slot end-slot [start-slot end-slot ...]", NOT_OFFERED);
    rows.row("bumpepoch", 2, ADMIN).since("3.0.0").is("", NOT_OFFERED);
    rows.row("delslots", -3, ADMIN).since("3.0.0").is("slot [slot ...]", NOT_OFFERED);
    rows.row("delslotsrange", -4, ADMIN)
        .since("7.0.0")
        .is("start-slot end-slot [start-slot end-slot ...]", NOT_OFFERED);
    rows.row("failover", -2, ADMIN).since("3.0.0").is("[FORCE | TAKEOVER]", NOT_OFFERED);
    rows.row("flushslots", 2, ADMIN).since("3.0.0").is("", NOT_OFFERED);
    rows.row("forget", 3, ADMIN).since("3.0.0").is("node-id", NOT_OFFERED);
    rows.row("meet", -4, ADMIN).since("3.0.0").is("host port [bus-port]", NOT_OFFERED);
    rows.row("replicate", 3, ADMIN).since("3.0.0").is("node-id", NOT_OFFERED);
    rows.row("reset", -2, "admin noscript stale").since("3.0.0").is("[HARD | SOFT]", NOT_OFFERED);
    rows.row("saveconfig", 2, ADMIN).since("3.0.0").is("", NOT_OFFERED);
    rows.row("set-config-epoch", 3, ADMIN).since("3.0.0").is("epoch", NOT_OFFERED);
    rows.row("setslot", -4, ADMIN)
        .since("3.0.0")
        .is("slot IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE", NOT_OFFERED);
  }
}
