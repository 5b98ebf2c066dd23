package kvstore.server.config;

import static kvstore.server.config.Option.Group.ADDRESSES;
import static kvstore.server.config.Option.Group.CLIENTS;
import static kvstore.server.config.Option.Group.CONSISTENCY;
import static kvstore.server.config.Option.Group.NODE;
import static kvstore.server.config.Option.Group.PROCESS;
import static kvstore.server.config.Option.Group.SECURITY;
import static kvstore.server.config.Option.Group.STORAGE;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvstore.replication.NodeId;

/** Every option of a node, in the order of the help. */
public final class OptionTable {

  private static final List<Option<?>> ROWS = new ArrayList<>();

  private static final Duration DAY = Duration.ofDays(1);
  private static final DataSize KIB = DataSize.kibibytes(1);
  private static final DataSize MIB = DataSize.mebibytes(1);
  private static final DataSize TIB = DataSize.mebibytes(1 << 20);

  static final Option<NodeId> NODE_ID =
      row(
          NODE,
          "node-id",
          OptionType.NODE_ID,
          "",
          "This node's name, kept for life; a new directory without one gets n1.");
  static final Option<Path> DIR =
      row(
          NODE,
          "dir",
          OptionType.PATH,
          "data",
          "Directory of everything this node stores; created if missing.");
  static final Option<List<ClusterMember>> INITIAL_CLUSTER =
      row(
          NODE,
          "initial-cluster",
          OptionType.MEMBERS,
          "",
          "All nodes of a new cluster, by client address, the same list on each; "
              + "the peer port is the client port + 10000 unless given.");
  static final Option<List<PeerAddress>> JOIN =
      row(
          NODE,
          "join",
          OptionType.ADDRESSES,
          "",
          "Client addresses of nodes of a cluster that this new node joins; the peer port of each "
              + "is its client port + 10000 unless given.");
  static final Option<Integer> REPLICAS =
      row(
          NODE,
          "replicas",
          OptionType.count(1, 7),
          "3",
          "Voting replicas that a new cluster wants for each shard, an odd number; raised by itself "
              + "as nodes join. The same on each founder; later a setting of the cluster.");
  static final Option<String> ZONE =
      row(
          NODE,
          "zone",
          OptionType.WORD,
          "",
          "Failure zone of this node, such as a rack; replicas of a shard are spread over zones.");
  static final Option<String> ADVERTISE_HOST =
      row(
          NODE,
          "advertise-host",
          OptionType.HOST,
          "",
          "Host that other nodes and clients are told; else the host of this node in "
              + "initial-cluster, else host.");

  static final Option<String> HOST =
      row(
          ADDRESSES,
          "host",
          OptionType.HOST,
          "127.0.0.1",
          "Address to listen on, for clients, peers and HTTP.");
  static final Option<Integer> PORT =
      row(ADDRESSES, "port", OptionType.PORT, "7379", "Client port; 0 takes any free one.");
  static final Option<Integer> CLUSTER_PORT =
      row(
          ADDRESSES,
          "cluster-port",
          OptionType.PORT,
          "",
          "Port for clients that speak the Redis Cluster protocol; else the client port + 5000, or "
              + "any free one when that is 0.");
  static final Option<Integer> PEER_PORT =
      row(
          ADDRESSES,
          "peer-port",
          OptionType.PORT,
          "",
          "Port for the other nodes; else the client port + 10000, or any free one when that is 0.");
  static final Option<Integer> HTTP_PORT =
      row(
          ADDRESSES,
          "http-port",
          OptionType.PORT,
          "",
          "Port for health and metrics; else the client port + 20000, or any free one when that "
              + "is 0.");

  static final Option<String> REQUIREPASS =
      row(
          SECURITY,
          "requirepass",
          OptionType.SECRET,
          "",
          "Password that clients give with AUTH or HELLO.");
  static final Option<Path> REQUIREPASS_FILE =
      row(
          SECURITY,
          "requirepass-file",
          OptionType.PATH,
          "",
          "File whose first line is the client password.");
  static final Option<String> CLUSTER_SECRET =
      row(
          SECURITY,
          "cluster-secret",
          OptionType.SECRET,
          "",
          "Secret that nodes prove to each other; the same on each node.");
  static final Option<Path> CLUSTER_SECRET_FILE =
      row(
          SECURITY,
          "cluster-secret-file",
          OptionType.PATH,
          "",
          "File whose first line is the cluster secret.");
  static final Option<Boolean> INSECURE =
      row(
          SECURITY,
          "insecure",
          OptionType.SWITCH,
          "false",
          "Allow listening beyond this machine without a password.");

  static final Option<ReadPolicy> READS =
      row(
          CONSISTENCY,
          "reads",
          OptionType.choice(ReadPolicy.class),
          "lease",
          "What makes reads linearizable: the leader's lease, or a majority for each batch of "
              + "reads.");
  static final Option<Duration> ELECTION_TIMEOUT =
      row(
          CONSISTENCY,
          "election-timeout",
          OptionType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          "300ms",
          "Silence of a leader after which another is elected.");
  static final Option<Duration> LEASE_MARGIN =
      row(
          CONSISTENCY,
          "lease-margin",
          OptionType.duration(Duration.ZERO, Duration.ofSeconds(30)),
          "30ms",
          "Part of the election timeout that the leader's lease gives up for clocks that run at "
              + "different rates.");
  static final Option<Duration> REQUEST_DEADLINE =
      row(
          CONSISTENCY,
          "request-deadline",
          OptionType.duration(Duration.ofMillis(100), Duration.ofMinutes(10)),
          "5s",
          "Time within which every command is answered, if only by an error.");
  static final Option<Duration> MAX_QUEUE_WAIT =
      row(
          CONSISTENCY,
          "max-queue-wait",
          OptionType.duration(Duration.ZERO, Duration.ofMinutes(1)),
          "500ms",
          "A command that would wait longer than this for others is refused at once, if more than"
              + " 4096 do; 0 means never.");

  static final Option<Integer> MAXCLIENTS =
      row(
          CLIENTS,
          "maxclients",
          OptionType.count(1, 1_000_000),
          "10000",
          "Client connections at a time; more are refused.");
  static final Option<Duration> IDLE_TIMEOUT =
      row(
          CLIENTS,
          "idle-timeout",
          OptionType.duration(Duration.ZERO, DAY),
          "0",
          "Silence after which a client is disconnected; 0 means never.");
  static final Option<DataSize> OUTPUT_BUFFER_LIMIT =
      row(
          CLIENTS,
          "output-buffer-limit",
          OptionType.size(KIB, TIB),
          "256MiB",
          "Replies waiting for a client that does not read; over it the client is cut off.");
  static final Option<Integer> MAX_PENDING_REQUESTS =
      row(
          CLIENTS,
          "max-pending-requests",
          OptionType.count(1, 1_000_000),
          "10000",
          "Unanswered commands of one connection, over which nothing more is read from it.");
  static final Option<DataSize> MAX_BULK_SIZE =
      row(
          CLIENTS,
          "max-bulk-size",
          OptionType.size(KIB, DataSize.mebibytes(512)),
          "64MiB",
          "Largest argument, and so largest value.");
  static final Option<DataSize> MAX_REQUEST_SIZE =
      row(
          CLIENTS,
          "max-request-size",
          OptionType.size(KIB, DataSize.mebibytes(1024)),
          "128MiB",
          "Largest request, all arguments together.");
  static final Option<DataSize> MAX_KEY_SIZE =
      row(
          CLIENTS,
          "max-key-size",
          OptionType.size(new DataSize(16), new DataSize(65_535)),
          "65535",
          "Largest key.");
  static final Option<Integer> MAX_ARGUMENTS =
      row(
          CLIENTS,
          "max-arguments",
          OptionType.count(16, 1 << 20),
          "1048576",
          "Most arguments of one command.");
  static final Option<DataSize> MAX_INLINE_SIZE =
      row(
          CLIENTS,
          "max-inline-size",
          OptionType.size(new DataSize(64), MIB),
          "64KiB",
          "Longest inline command, and longest line of any request.");

  static final Option<DataSize> BLOCK_CACHE =
      row(
          STORAGE,
          "block-cache",
          OptionType.size(MIB, TIB),
          "128MiB",
          "Memory that caches what was read from disk, shared by all shards.");
  static final Option<DataSize> WRITE_BUFFERS =
      row(
          STORAGE,
          "write-buffers",
          OptionType.size(MIB, TIB),
          "64MiB",
          "Memory that gathers writes before they go to sorted files, shared by all shards.");
  static final Option<DataSize> SNAPSHOT_LOG_SIZE =
      row(
          STORAGE,
          "snapshot-log-size",
          OptionType.size(MIB, TIB),
          "256MiB",
          "Growth of a shard's log, or up to a quarter less, so that replicas do it at different"
              + " moments, after which a snapshot is taken and the log cut.");
  static final Option<DataSize> HEAP =
      row(
          STORAGE,
          "heap",
          OptionType.size(DataSize.mebibytes(64), TIB),
          "",
          "Java heap; read by the launcher before Java starts.");

  static final Option<Integer> IO_THREADS =
      row(
          PROCESS,
          "io-threads",
          OptionType.count(0, 256),
          "0",
          "Event loops that serve clients; 0 means one for each core.");
  static final Option<ClientIo> CLIENT_IO =
      row(
          PROCESS,
          "client-io",
          OptionType.choice(ClientIo.class),
          "auto",
          "What the event loops read and write with; auto takes the first of the others that the"
              + " system offers.");
  static final Option<LogLevel> LOG_LEVEL =
      row(
          PROCESS,
          "log-level",
          OptionType.choice(LogLevel.class),
          "info",
          "Least severe log lines written.");
  static final Option<LogFormat> LOG_FORMAT =
      row(
          PROCESS,
          "log-format",
          OptionType.choice(LogFormat.class),
          "text",
          "How log lines are written to standard error.");
  static final Option<Boolean> ENABLE_DEBUG_COMMAND =
      row(PROCESS, "enable-debug-command", OptionType.SWITCH, "false", "Allow the command DEBUG.");
  static final Option<Boolean> STOP_WHEN_STDIN_CLOSES =
      row(
          PROCESS,
          "stop-when-stdin-closes",
          OptionType.SWITCH,
          "false",
          "Stop cleanly when standard input ends, so that a child does not outlive its parent.");
  static final Option<Duration> STOP_TIMEOUT =
      row(
          PROCESS,
          "stop-timeout",
          OptionType.duration(Duration.ZERO, DAY),
          "5s",
          "Time that a clean stop gives to commands in flight.");

  private static final List<Option<?>> ALL = List.copyOf(ROWS);

  private OptionTable() {}

  public static List<Option<?>> all() {
    return ALL;
  }

  static Optional<Option<?>> byName(String name) {
    return ALL.stream().filter(option -> option.name().equals(name)).findFirst();
  }

  private static <T> Option<T> row(
      Option.Group group, String name, OptionType<T> type, String fallback, String summary) {
    Option<T> option = new Option<>(group, name, type, fallback, summary);
    ROWS.add(option);
    return option;
  }
}
