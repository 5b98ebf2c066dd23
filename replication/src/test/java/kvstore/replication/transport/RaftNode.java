package kvstore.replication.transport;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftServiceFactory;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.DefaultJRaftServiceFactory;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import kvstore.replication.NodeId;

/** One node of the Raft library over a transport, whose state machine is a list of texts. */
final class RaftNode {

  final NodeId id;
  final RaftEndpoint endpoint;
  final Node node;
  final List<String> applied = new CopyOnWriteArrayList<>();

  RaftNode(
      String group,
      PeerTransport transport,
      List<NodeId> voters,
      Path directory,
      Consumer<RaftEndpoint> tuning) {
    id = transport.self();
    endpoint = RaftEndpoint.start(transport);
    tuning.accept(endpoint);
    TransportNodeOptions options = endpoint.newNodeOptions();
    options.setElectionTimeoutMs(400);
    options.getRaftOptions().setMaxElectionDelayMs(200);
    options.setInitialConf(new Configuration(voters.stream().map(RaftEndpoint::peerId).toList()));
    options.setFsm(new Machine());
    options.setLogUri("memory");
    options.setRaftMetaUri(directory.resolve("meta").toString());
    options.setSnapshotUri(directory.resolve("snapshot").toString());
    options.setSnapshotIntervalSecs(0);
    options.setDisableCli(true);
    options.setServiceFactory(
        new DefaultJRaftServiceFactory() {
          @Override
          public LogStorage createLogStorage(String uri, RaftOptions raftOptions) {
            return new MemoryLog();
          }
        });
    options.validate();
    node = RaftServiceFactory.createAndInitRaftNode(group, RaftEndpoint.peerId(id), options);
  }

  boolean leads() {
    return node.isLeader(false);
  }

  PeerId peerId() {
    return RaftEndpoint.peerId(id);
  }

  CompletableFuture<Status> propose(String text) {
    CompletableFuture<Status> done = new CompletableFuture<>();
    Task task = new Task();
    task.setData(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    task.setDone(done::complete);
    node.apply(task);
    return done;
  }

  CompletableFuture<Status> snapshot() {
    CompletableFuture<Status> done = new CompletableFuture<>();
    node.snapshot(done::complete);
    return done;
  }

  void stop() throws InterruptedException {
    node.shutdown();
    node.join();
    endpoint.close();
  }

  private final class Machine extends StateMachineAdapter {
    @Override
    public void onApply(Iterator entries) {
      while (entries.hasNext()) {
        applied.add(StandardCharsets.UTF_8.decode(entries.getData().duplicate()).toString());
        Closure done = entries.done();
        if (done != null) {
          done.run(Status.OK());
        }
        entries.next();
      }
    }

    @Override
    public void onSnapshotSave(SnapshotWriter writer, Closure done) {
      try {
        Files.write(Path.of(writer.getPath(), "texts"), applied);
        writer.addFile("texts");
        done.run(Status.OK());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean onSnapshotLoad(SnapshotReader reader) {
      try {
        applied.clear();
        applied.addAll(Files.readAllLines(Path.of(reader.getPath(), "texts")));
        return true;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
