package kvstore.replication.transport;

import com.alipay.sofa.jraft.rpc.RaftServerService;
import com.alipay.sofa.jraft.rpc.RpcRequestClosure;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.impl.core.NodeRequestProcessor;
import com.google.protobuf.Message;

/**
 * Hands entries and heartbeats to the Raft library. Replaces the library's own processor, which
 * puts responses in order through state shared by old and new connections of a peer, where a late
 * response of the old one can block the new one for good, and which blocks for up to 15 s in the
 * event that a connection closes. Order among responses is not needed: the leader restores it.
 */
final class AppendEntriesHandler extends NodeRequestProcessor<AppendEntriesRequest> {

  AppendEntriesHandler() {
    super(Runnable::run, AppendEntriesResponse.getDefaultInstance());
  }

  @Override
  protected Message processRequest0(
      RaftServerService service, AppendEntriesRequest request, RpcRequestClosure done) {
    return service.handleAppendEntriesRequest(request, done);
  }

  @Override
  protected String getPeerId(AppendEntriesRequest request) {
    return request.getPeerId();
  }

  @Override
  protected String getGroupId(AppendEntriesRequest request) {
    return request.getGroupId();
  }

  @Override
  public String interest() {
    return AppendEntriesRequest.class.getName();
  }
}
