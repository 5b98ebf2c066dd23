package kvstore.server.net;

import java.util.List;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandSpec.Scope;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Commands that tell of all keys, at the port for cluster-aware clients. Such clients send them to
 * every master and put the answers together, so one master answers for all, the owner of slot 0,
 * and the others have nothing to add: each key is told once, also while shards split and move.
 */
final class WholeKeyspace {

  private final Gateway gateway;

  WholeKeyspace(Gateway gateway) {
    this.gateway = gateway;
  }

  /** The answer of a node that has nothing to add; null if the command is to run. */
  @Nullable Reply nothing(CommandSpec spec, byte[][] arguments) {
    if (spec.scope() != Scope.KEYSPACE) {
      return null;
    }
    Reply nothing =
        switch (spec.name()) {
          // a scan that has begun here goes on, whoever owns slot 0 by now
          case "scan" ->
              Arguments.is(arguments[1], "0")
                  ? new Reply.Array(List.of(Reply.bulk("0"), Reply.EMPTY_ARRAY))
                  : null;
          case "keys" -> Reply.EMPTY_ARRAY;
          case "dbsize" -> new Reply.Int(0);
          default -> null; // RANDOMKEY, FLUSHALL: as good on any node
        };
    return nothing == null || ownsFirstSlot() ? null : nothing;
  }

  private boolean ownsFirstSlot() {
    Topology topology = Topology.of(gateway.node(), gateway.endpoints());
    return topology.shards().isEmpty()
        || gateway.node().id().equals(topology.shards().get(0).owner());
  }
}
