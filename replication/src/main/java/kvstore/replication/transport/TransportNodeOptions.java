package kvstore.replication.transport;

import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RpcOptions;

/**
 * The Raft library's options for one node, which lead its RPC client to the transport to use: the
 * library hands them to the client it creates.
 */
public final class TransportNodeOptions extends NodeOptions {

  private final RaftEndpoint endpoint;

  TransportNodeOptions(RaftEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  RaftEndpoint endpoint() {
    return endpoint;
  }

  static RaftEndpoint endpointOf(RpcOptions options) {
    if (options instanceof TransportNodeOptions ours) {
      return ours.endpoint;
    }
    throw new IllegalArgumentException(
        "expected node options made by RaftEndpoint.newNodeOptions(), but got "
            + options.getClass().getName());
  }

  /** As inherited, but without a class of the library's own transport, which we do not ship. */
  @Override
  public void validate() {
    if (getLogUri() == null || getLogUri().isBlank()) {
      throw new IllegalArgumentException("expected a log URI, but it is blank");
    }
    if (getRaftMetaUri() == null || getRaftMetaUri().isBlank()) {
      throw new IllegalArgumentException("expected a Raft metadata URI, but it is blank");
    }
    if (getFsm() == null) {
      throw new IllegalArgumentException("expected a state machine, but there is none");
    }
  }
}
