package kvstore.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kvstore.replication.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerOptionsTest {

  @TempDir Path folder;

  private static ServerOptions read(String... arguments) {
    return ServerOptions.read(List.of(arguments), Map.of());
  }

  private static void assertRefused(String message, String... arguments) {
    assertThatThrownBy(() -> read(arguments))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void everyDefaultIsAsDocumented() {
    ServerOptions options = read();

    assertThat(options.node())
        .isEqualTo(
            new NodeOptions(
                Optional.empty(),
                Path.of("data").toAbsolutePath(),
                List.of(),
                List.of(),
                3,
                "",
                Optional.empty()));
    assertThat(options.endpoints(Optional.empty()))
        .isEqualTo(new Endpoints("127.0.0.1", "127.0.0.1", 7379, 12379, 17379, 27379));
    assertThat(options.security())
        .isEqualTo(new SecurityOptions(Optional.empty(), Optional.empty(), false));
    assertThat(options.consistency())
        .isEqualTo(
            new ConsistencyOptions(
                ReadPolicy.LEASE,
                Duration.ofMillis(300),
                Duration.ofMillis(30),
                Duration.ofSeconds(5),
                Duration.ofMillis(500)));
    assertThat(options.clients())
        .isEqualTo(
            new ClientLimits(
                10_000,
                Duration.ZERO,
                DataSize.mebibytes(256),
                10_000,
                new ClientLimits.RequestLimits(
                    DataSize.mebibytes(64),
                    DataSize.mebibytes(128),
                    new DataSize(65_535),
                    1 << 20,
                    DataSize.kibibytes(64))));
    assertThat(options.storage())
        .isEqualTo(
            new StorageOptions(
                DataSize.mebibytes(128), DataSize.mebibytes(64), DataSize.mebibytes(256)));
    assertThat(options.process())
        .isEqualTo(
            new ProcessOptions(
                Runtime.getRuntime().availableProcessors(),
                ClientIo.AUTO,
                LogLevel.INFO,
                LogFormat.TEXT,
                false,
                false,
                Duration.ofSeconds(5)));
  }

  @Test
  void everyOptionCanBeSet() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), "swordfish\nrest\n");
    Path secret = Files.writeString(folder.resolve("secret"), "abc\n");
    ServerOptions options =
        read(
            ("--node-id n2 --dir /tmp/x --initial-cluster n1=a:1000,n2=b:2000@2001"
                    + " --advertise-host c --host 127.0.0.2 --port 7000 --peer-port 7001"
                    + " --http-port 7002 --requirepass-file "
                    + password
                    + " --cluster-secret-file "
                    + secret
                    + " --insecure --reads quorum --election-timeout 1s --lease-margin 100ms"
                    + " --request-deadline 2s --max-queue-wait 20ms --maxclients 5 --idle-timeout 1m"
                    + " --output-buffer-limit 1MiB --max-pending-requests 7 --max-bulk-size 2MiB"
                    + " --max-request-size 3MiB --max-key-size 1KiB --max-arguments 100"
                    + " --max-inline-size 4KiB --block-cache 5MiB --write-buffers 6MiB"
                    + " --snapshot-log-size 7MiB --heap 256m --io-threads 3 --log-level debug"
                    + " --client-io io_uring"
                    + " --log-format json --enable-debug-command --stop-when-stdin-closes"
                    + " --replicas 5 --zone east"
                    + " --stop-timeout 9s")
                .split(" "));

    assertThat(options.node())
        .isEqualTo(
            new NodeOptions(
                Optional.of(new NodeId("n2")),
                Path.of("/tmp/x"),
                List.of(
                    new ClusterMember(new NodeId("n1"), "a", 1000, 11000),
                    new ClusterMember(new NodeId("n2"), "b", 2000, 2001)),
                List.of(),
                5,
                "east",
                Optional.of("c")));
    assertThat(options.endpoints(Optional.empty()))
        .isEqualTo(new Endpoints("127.0.0.2", "c", 7000, 12000, 7001, 7002));
    assertThat(options.security().insecure()).isTrue();
    assertThat(options.security().password().orElseThrow().bytes())
        .asString()
        .isEqualTo("swordfish");
    assertThat(options.security().clusterSecret().orElseThrow().bytes())
        .asString()
        .isEqualTo("abc");
    assertThat(options.consistency())
        .isEqualTo(
            new ConsistencyOptions(
                ReadPolicy.QUORUM,
                Duration.ofSeconds(1),
                Duration.ofMillis(100),
                Duration.ofSeconds(2),
                Duration.ofMillis(20)));
    assertThat(options.clients())
        .isEqualTo(
            new ClientLimits(
                5,
                Duration.ofMinutes(1),
                DataSize.mebibytes(1),
                7,
                new ClientLimits.RequestLimits(
                    DataSize.mebibytes(2),
                    DataSize.mebibytes(3),
                    DataSize.kibibytes(1),
                    100,
                    DataSize.kibibytes(4))));
    assertThat(options.storage())
        .isEqualTo(
            new StorageOptions(
                DataSize.mebibytes(5), DataSize.mebibytes(6), DataSize.mebibytes(7)));
    assertThat(options.process())
        .isEqualTo(
            new ProcessOptions(
                3,
                ClientIo.IO_URING,
                LogLevel.DEBUG,
                LogFormat.JSON,
                true,
                true,
                Duration.ofSeconds(9)));
  }

  @Test
  void theCommandLineIsStrongerThanTheEnvironmentThatThanTheFileThatThanTheDefault()
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("kv.conf"), "# limits\nmaxclients = 1\nport = 1\n\nio-threads = 1\n");

    ServerOptions options =
        ServerOptions.read(
            List.of("--config", file.toString(), "--maxclients=3"),
            Map.of("KV_MAXCLIENTS", "2", "KV_PORT", "2", "PATH", "/bin", "KV_JAVA_HOME", "x"));

    assertThat(options.clients().maxClients()).isEqualTo(3);
    assertThat(options.endpoints(Optional.empty()).port()).isEqualTo(2);
    assertThat(options.process().ioThreads()).isEqualTo(1);
    assertThat(options.consistency().requestDeadline()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void theFileCanBeNamedInTheEnvironment() throws Exception {
    Path file = Files.writeString(folder.resolve("kv.conf"), "requirepass = abc\n");

    ServerOptions options = ServerOptions.read(List.of(), Map.of("KV_CONFIG", file.toString()));

    assertThat(options.security().password().orElseThrow().matches("abc".getBytes())).isTrue();
    assertThat(options.security().password().orElseThrow().matches("abd".getBytes())).isFalse();
    assertThat(options.toString()).doesNotContain("abc");
  }

  @Test
  void aBadValueIsRefusedInOneLineThatNamesOptionValueAndExpectation() {
    assertRefused(
        "option port on the command line: expected a port number from 0 (any free port) to 65535,"
            + " but got '99999'",
        "--port",
        "99999");
    assertRefused("expected one of lease, quorum, but got 'maybe'", "--reads", "maybe");
    assertRefused("option request-deadline", "--request-deadline", "5");
    assertRefused("option max-bulk-size", "--max-bulk-size", "64parsecs");
    assertRefused("option insecure", "--insecure=perhaps");
    assertRefused("option node-id", "--node-id", "a b");
    assertRefused(
        "option initial-cluster", "--initial-cluster", "n1=a:1,n1=b:1", "--node-id", "n1");
    assertRefused("option initial-cluster", "--initial-cluster", "a:1");
    assertRefused("expected a value", "--port");
    assertRefused("once only", "--port", "1", "--port", "2");
    assertRefused("unexpected argument 'stop'", "stop");
  }

  @Test
  void anUnknownOptionIsRefusedWithTheNearestName() throws Exception {
    assertRefused("unknown option 'prot' on the command line", "--prot", "1");
    assertRefused("such as port", "--prot", "1");
    assertThatThrownBy(() -> ServerOptions.read(List.of(), Map.of("KV_PROT", "1")))
        .hasMessageContaining("unknown option KV_PROT");
    Path file = Files.writeString(folder.resolve("kv.conf"), "port = 1\nprot = 2\n");
    assertRefused("unknown option 'prot' in " + file + ", line 2", "--config", file.toString());
    assertRefused("option config", "--config", folder.resolve("missing").toString());
  }

  @Test
  void aSecretIsNotTakenFromTheCommandLine() {
    assertRefused("KV_REQUIREPASS", "--requirepass", "swordfish");
    assertThatThrownBy(() -> read("--requirepass=swordfish")).message().doesNotContain("swordfish");
  }

  @Test
  void listeningBeyondThisMachineNeedsSecretsOrTheWordInsecure() {
    assertRefused("option host: expected a loopback address", "--host", "0.0.0.0");
    assertThatThrownBy(
            () -> ServerOptions.read(List.of("--host", "0.0.0.0"), Map.of("KV_REQUIREPASS", "a")))
        .hasMessageContaining("cluster-secret");

    assertThat(read("--host", "0.0.0.0", "--insecure").listen().host()).contains("0.0.0.0");
    assertThat(
            ServerOptions.read(
                List.of("--host", "0.0.0.0"),
                Map.of("KV_REQUIREPASS", "a", "KV_CLUSTER_SECRET", "b")))
        .isNotNull();
  }

  @Test
  void aNodeListensWhereTheInitialClusterOrItsDirectoryHasIt() {
    ServerOptions named =
        read("--node-id", "n2", "--initial-cluster", "n1=127.0.0.1:1,n2=127.0.0.2:2@3");
    assertThat(named.endpoints(Optional.empty()))
        .isEqualTo(new Endpoints("127.0.0.2", "127.0.0.2", 2, 5002, 3, 20002));

    ClusterMember remembered = new ClusterMember(new NodeId("n1"), "127.0.0.1", 8000, 8001);
    assertThat(read().endpoints(Optional.of(remembered)))
        .isEqualTo(new Endpoints("127.0.0.1", "127.0.0.1", 8000, 13000, 8001, 28000));
  }

  @Test
  void anInitialClusterWithoutThisNodeIsRefused() {
    assertRefused("option node-id", "--initial-cluster", "n1=127.0.0.1:1");
    assertRefused("option node-id", "--initial-cluster", "n1=127.0.0.1:1", "--node-id", "n2");
  }

  @Test
  void anyFreePortIsTakenForAllWhenTheClientPortIsZero() {
    assertThat(read("--port", "0").endpoints(Optional.empty()))
        .isEqualTo(new Endpoints("127.0.0.1", "127.0.0.1", 0, 0, 0, 0));
  }

  @Test
  void portsThatDoNotFitAreRefused() {
    assertRefused("option http-port", "--port", "50000");
    assertRefused("option cluster-port: expected it to be given", "--port", "61000");
    assertRefused("option cluster-port", "--cluster-port", "65536");
    assertThat(read("--cluster-port", "7380").endpoints(Optional.empty()).clusterPort())
        .isEqualTo(7380);
    assertRefused("option lease-margin", "--election-timeout", "100ms", "--lease-margin", "100ms");
    assertRefused("option max-request-size", "--max-request-size", "1MiB");
  }

  @Test
  void everyDefaultIsAValueOfItsOwnType() {
    for (Option<?> option : OptionTable.all()) {
      if (!option.fallback().isEmpty()) {
        assertThat(option.type().parser().apply(option.fallback())).isNotNull();
      }
      assertThat(option.summary()).endsWith(".");
    }
  }
}
