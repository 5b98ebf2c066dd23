package kvstore.server.net;

import java.util.List;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandSpec.Scope;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Commands over all keys, at the port for cluster-aware clients. Such clients send them to every
 * master and put the answers together, so a node that leads nothing has no keys to tell of.
 */
final class OwnKeys {

  private final Gateway gateway;

  OwnKeys(Gateway gateway) {
    this.gateway = gateway;
  }

  /** The answer of a node that leads no shard; null if the command is to run. */
  @Nullable Reply none(CommandSpec spec) {
    if (spec.scope() != Scope.KEYSPACE || leadsAny()) {
      return null;
    }
    return switch (spec.name()) {
      case "scan" -> new Reply.Array(List.of(Reply.bulk("0"), Reply.EMPTY_ARRAY));
      case "keys" -> Reply.EMPTY_ARRAY;
      case "dbsize" -> new Reply.Int(0);
      case "randomkey" -> Reply.NIL;
      default -> Reply.OK;
    };
  }

  /** A shard without a leader is its last leader's, where the command waits as any other. */
  private boolean leadsAny() {
    Topology.Member self = Topology.of(gateway.node(), gateway.endpoints()).self();
    return self == null || !self.led().isEmpty();
  }
}
