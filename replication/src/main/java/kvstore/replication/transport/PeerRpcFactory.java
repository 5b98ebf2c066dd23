package kvstore.replication.transport;

import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/** Found by the Raft library's service loader; leads its RPC to {@link PeerTransport}. */
@SPI(name = "peer", priority = 100)
public final class PeerRpcFactory implements RaftRpcFactory {

  /** Messages have numbers of their own, see {@link RaftMessages}. */
  @Override
  public void registerProtobufSerializer(String className, Object... defaults) {}

  @Override
  public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> config) {
    RpcClient client = new PeerRpcClient();
    if (config != null) {
      config.config(client);
    }
    return client;
  }

  @Override
  public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> config) {
    throw new UnsupportedOperationException(
        "expected the RPC server of a RaftEndpoint to be used; there is no other");
  }
}
