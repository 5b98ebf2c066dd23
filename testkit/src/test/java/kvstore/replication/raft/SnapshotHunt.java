package kvstore.replication.raft;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.ReplicatorGroupImpl;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.option.SnapshotCopierOptions;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileResponse;
import com.alipay.sofa.jraft.rpc.RpcResponseClosure;
import com.alipay.sofa.jraft.rpc.impl.core.DefaultRaftClientService;
import com.alipay.sofa.jraft.storage.FileService;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.concurrent.DefaultFixedThreadsExecutorGroupFactory;
import com.alipay.sofa.jraft.util.concurrent.FixedThreadsExecutorGroup;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import kvstore.replication.Leadership;
import kvstore.replication.StateMachine;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Looks for a seed with which a replica takes in a snapshot that is not what another once wrote, or
 * is older than what it has. Writing, copying file by file, going on with a copy that was broken
 * off, and loading are the product's and its library's own; by the seed the copy meets flipped
 * bits, files that end too early, answers that fail, and a source that goes on to newer snapshots.
 */
public final class SnapshotHunt {

  private static final String GROUP = "hunt";
  private static final int FILES = 4;
  private static final Endpoint SOURCE = new Endpoint("source", 1);
  private static final FixedThreadsExecutorGroup EXECUTORS =
      DefaultFixedThreadsExecutorGroupFactory.INSTANCE.newExecutorGroup(1, "hunt", 16, true);

  /**
   * Some files, each of which tells the index of its last change, and the index applied. It trusts
   * what it loads: whether that is sound is for the product to say.
   */
  private static final class Machine implements StateMachine {
    final long[] changed = new long[FILES];
    final byte[][] content = new byte[FILES][];
    long applied;

    Machine(long applied) {
      goTo(applied);
    }

    /** The state is a function of the index, as a log makes it one. */
    void goTo(long index) {
      applied = index;
      for (int file = 0; file < FILES; file++) {
        changed[file] = index - (index + file) % FILES;
        content[file] = content(file, changed[file]);
      }
    }

    static byte[] content(int file, long index) {
      byte[] bytes = new byte[200 + 700 * file];
      new java.util.Random(index * FILES + file).nextBytes(bytes);
      return bytes;
    }

    boolean isAsOf(long index) {
      Machine other = new Machine(index);
      return applied == index
          && Arrays.equals(changed, other.changed)
          && Arrays.deepEquals(content, other.content);
    }

    @Override
    public void apply(Entries entries) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long appliedIndex() {
      return applied;
    }

    @Override
    public long appliedTerm() {
      return 1;
    }

    @Override
    public void saveSnapshot(Path directory) throws IOException {
      Files.writeString(directory.resolve("index"), Long.toString(applied));
      for (int file = 0; file < FILES; file++) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + content[file].length);
        bytes.putLong(changed[file]).put(content[file]);
        Files.write(directory.resolve("part" + file), bytes.array());
      }
    }

    @Override
    public void loadSnapshot(Path directory) throws IOException {
      for (int file = 0; file < FILES; file++) {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(directory.resolve("part" + file)));
        changed[file] = bytes.remaining() < Long.BYTES ? -1 : bytes.getLong();
        content[file] = new byte[bytes.remaining()];
        bytes.get(content[file]);
      }
      try {
        applied = Long.parseLong(Files.readString(directory.resolve("index")));
      } catch (NumberFormatException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void leadershipGained(long term) {}

    @Override
    public void leadershipLost() {}

    @Override
    public void leadershipChanged(Leadership leadership) {}

    @Override
    public void failed(Throwable cause) {}
  }

  private static final class Ignored implements StateMachineDriver.Events {
    @Override
    public void led(long term) {}

    @Override
    public void stoppedLeading(Status reason) {}

    @Override
    public void follows(LeaderChangeContext leader) {}

    @Override
    public void lostLeader(LeaderChangeContext leader) {}

    @Override
    public void snapshotTaken(long index) {}

    @Override
    public void failed(Throwable cause) {}
  }

  /** The source's answers, some of them spoilt; in place of the network. */
  private final class Answers extends DefaultRaftClientService {

    Answers() {
      super(new ReplicatorGroupImpl(), EXECUTORS);
    }

    @Override
    public boolean connect(Endpoint endpoint) {
      return true;
    }

    @Override
    public Future<Message> getFile(
        Endpoint endpoint,
        GetFileRequest request,
        int timeoutMs,
        RpcResponseClosure<GetFileResponse> done) {
      GetFileRequest asked = request;
      if (harmful && random.nextInt(20) == 0) {
        goOn(); // what it offered under this name is another snapshot now
      }
      if (moved && !request.getFilename().startsWith("__raft")) {
        asked = request.toBuilder().setReaderId(readerId(newest)).build();
      }
      if (harmful && random.nextInt(25) == 0) {
        done.run(new Status(RaftError.ECANCELED, "told to fail"));
        return CompletableFuture.completedFuture(request);
      }
      Message answer = FileService.getInstance().handleGetFile(asked, null);
      if (!(answer instanceof GetFileResponse whole)) {
        done.run(new Status(RaftError.ECANCELED, "no such file"));
        return CompletableFuture.completedFuture(request);
      }
      done.setResponse(request.getFilename().startsWith("__raft") ? whole : spoilt(whole));
      done.run(Status.OK());
      return CompletableFuture.completedFuture(request);
    }
  }

  private final SplittableRandom random;
  private final Path folder;
  private final Machine writer = new Machine(0);
  private final FolderedStorage source;
  private final List<SnapshotReader> offered = new ArrayList<>();
  private SnapshotReader newest;
  private boolean harmful;
  private boolean moved;
  private boolean movedEver;
  private boolean spoiltAny;

  private SnapshotHunt(long seed, Path folder) throws IOException {
    this.random = new SplittableRandom(seed);
    this.folder = folder;
    this.source = storage(folder.resolve("source"));
    this.source.setServerAddr(SOURCE);
    writer.goTo(random.nextLong(10, 1_000));
    this.newest = take();
  }

  /**
   * What was found with the seed; null if all is well.
   *
   * @param unused there is but one scenario
   */
  public static @Nullable String violationOf(long seed, @Nullable String unused) {
    ((Logger) LoggerFactory.getLogger("com.alipay.sofa.jraft")).setLevel(Level.OFF);
    Logger log = (Logger) LoggerFactory.getLogger("kvstore");
    Level before = log.getLevel();
    log.setLevel(Level.OFF); // of all that is broken on purpose
    try {
      Path folder = Files.createTempDirectory("snapshots");
      SnapshotHunt hunt = new SnapshotHunt(seed, folder);
      try {
        return hunt.run();
      } finally {
        for (SnapshotReader reader : hunt.offered) {
          reader.close();
        }
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      log.setLevel(before);
    }
  }

  private static FolderedStorage storage(Path where) throws IOException {
    FolderedStorage made = new FolderedStorage(where.toString(), null, options());
    made.setFilterBeforeCopyRemote();
    if (!made.init(null)) {
      throw new IOException("no storage in " + where);
    }
    return made;
  }

  private static RaftOptions options() {
    RaftOptions options = new RaftOptions();
    options.setMaxByteCountPerRpc(512);
    return options;
  }

  private static StateMachineDriver driver(Machine machine) {
    return new StateMachineDriver(
        GROUP, machine, new Ignored(), RaftBudget.DEFAULT, new SnapshotFiles(), Runnable::run);
  }

  /** As the library lets a replica take a snapshot. */
  private SnapshotReader take() throws IOException {
    SnapshotWriter out = source.create();
    driver(writer)
        .onSnapshotSave(
            out,
            status -> {
              if (!status.isOk()) {
                throw new IllegalStateException(status.toString());
              }
            });
    out.saveMeta(
        SnapshotMeta.newBuilder()
            .setLastIncludedIndex(writer.applied)
            .setLastIncludedTerm(1)
            .build());
    out.close();
    SnapshotReader reader = source.open();
    offered.add(reader);
    return reader;
  }

  private void goOn() {
    try {
      writer.goTo(writer.applied + random.nextInt(1, 9));
      newest = take();
      moved = true;
      movedEver = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long readerId(SnapshotReader reader) {
    String uri = reader.generateURIForCopy();
    return Long.parseLong(uri.substring(uri.lastIndexOf('/') + 1));
  }

  private GetFileResponse spoilt(GetFileResponse whole) {
    if (!harmful || whole.getData().isEmpty() || random.nextInt(12) != 0) {
      return whole;
    }
    spoiltAny = true;
    byte[] bytes = whole.getData().toByteArray();
    if (random.nextBoolean()) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      return whole.toBuilder().setData(ByteString.copyFrom(bytes)).build();
    }
    return whole.toBuilder()
        .setData(ByteString.copyFrom(bytes, 0, random.nextInt(bytes.length)))
        .setEof(true)
        .build();
  }

  private @Nullable String run() throws IOException {
    long snapshot = writer.applied;
    Machine reader = new Machine(Math.max(0, snapshot + random.nextInt(-8, 5)));
    harmful = random.nextInt(5) != 0;
    FolderedStorage target = storage(folder.resolve("target"));
    for (int attempt = 0; attempt < 4; attempt++) {
      moved = false;
      NodeOptions nodeOptions = new NodeOptions();
      nodeOptions.setFilterBeforeCopyRemote(true);
      SnapshotReader copied =
          target.copyFrom(
              newest.generateURIForCopy(),
              new SnapshotCopierOptions(
                  GROUP, new Answers(), AlignedScheduler.SHARED, options(), nodeOptions));
      if (copied != null) {
        return load(reader, copied);
      }
    }
    return harmful ? null : "a snapshot is not copied, though nothing failed";
  }

  private @Nullable String load(Machine reader, SnapshotReader copied) throws IOException {
    long before = reader.applied;
    long included = copied.load().getLastIncludedIndex();
    boolean loaded = driver(reader).onSnapshotLoad(copied);
    copied.close();
    if (reader.applied < before) {
      return "a state as of entry " + before + " went back to " + reader.applied;
    }
    if (!reader.isAsOf(reader.applied)) {
      return "the state that was loaded as of entry "
          + reader.applied
          + " is none that was ever written: its parts are as of "
          + Arrays.toString(reader.changed);
    }
    if (loaded && reader.applied < included) {
      return "the state is as of entry " + reader.applied + ", and taken for " + included;
    }
    if (!loaded && !spoiltAny && !movedEver) {
      return "a whole snapshot is refused";
    }
    return null;
  }

  private static void delete(Path where) throws IOException {
    try (Stream<Path> walk = Files.walk(where)) {
      for (Path each : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(each);
      }
    }
  }
}
