package kvstore.replication.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import org.junit.jupiter.api.Test;

class FileCopyTest {

  /** The library would ask three times for each of its files otherwise, a second apart. */
  @Test
  void aSnapshotThatIsOfferedNoMoreEndsTheCopy() throws Exception {
    GetFileRequest request =
        GetFileRequest.newBuilder()
            .setReaderId(17)
            .setFilename("state/1.sst")
            .setOffset(0)
            .setCount(1)
            .build();
    try (Nodes nodes = Nodes.start(2);
        RaftEndpoint asking = RaftEndpoint.start(nodes.get(1));
        RaftEndpoint source = RaftEndpoint.start(nodes.get(2))) {
      PeerRpcClient client = new PeerRpcClient();
      client.init(asking.newNodeOptions());

      Object answer =
          client.invokeSync(RaftEndpoint.peerId(Nodes.id(2)).getEndpoint(), request, null, 10_000);

      assertThat(answer).isInstanceOf(ErrorResponse.class);
      assertThat(((ErrorResponse) answer).getErrorCode())
          .isEqualTo(RaftError.ECANCELED.getNumber());
      client.shutdown();
    }
  }
}
