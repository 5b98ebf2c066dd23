package kvstore.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.CommandTable;
import kvstore.protocol.Reply;
import kvstore.server.config.ClientIo;
import kvstore.server.config.ServerOptions;
import kvstore.server.router.ReadMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTest {

  private final TestServer server = new TestServer();
  private final TestClient client = server.connect();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void everyCommandOfTheTableIsRunByTheConnectionLayerOrByTheData() {
    Gateway gateway =
        new Gateway(
            server.setup,
            ClientIo.NIO,
            ServerOptions.defaults().endpoints(Optional.empty()),
            server.data,
            server.node);
    for (CommandSpec spec : CommandTable.standard().all()) {
      boolean here =
          spec.scope() == CommandSpec.Scope.CONNECTION || spec.scope() == CommandSpec.Scope.NODE;
      CommandEntry entry = gateway.commands().find(spec.name().getBytes());
      assertThat(entry).isNotNull();
      assertThat(entry.session() != null).as(spec.name()).isEqualTo(here);
    }
  }

  @Test
  void everySubcommandOfTheTableIsKnownHere() {
    for (CommandSpec spec : CommandTable.standard().all()) {
      if (spec.scope() == CommandSpec.Scope.KEYS) {
        continue;
      }
      for (CommandSpec subcommand : spec.subcommands()) {
        List<String> words = new ArrayList<>(List.of(spec.name(), subcommand.name()));
        while (words.size() < Math.abs(subcommand.arity())) {
          words.add("0");
        }
        try (TestClient each = server.connect()) {
          String answer = each.ask(words.toArray(String[]::new));
          assertThat(answer).as(words.toString()).doesNotContain("unknown subcommand");
        }
      }
    }
  }

  @Test
  void helloAnswersWhatClientsLookFor() {
    assertThat(client.ask("HELLO"))
        .matches(
            "\\[server, redis, version, 7\\.2\\.\\d+, proto, 2, id, \\d+, mode, standalone, role,"
                + " master, modules, \\[]]");
    Reply three = client.call("HELLO", "3", "SETNAME", "me");
    assertThat(three).isInstanceOf(Reply.Pairs.class);
    assertThat(TestClient.show(three)).contains("proto, 3");
    assertThat(client.ask("CLIENT", "GETNAME")).isEqualTo("me");
    assertThat(client.ask("HELLO", "4")).isEqualTo("-NOPROTO unsupported protocol version");
    assertThat(client.ask("HELLO", "x"))
        .isEqualTo("-ERR Protocol version is not an integer or out of range");
    assertThat(client.ask("HELLO", "2", "NOPE"))
        .isEqualTo("-ERR Syntax error in HELLO option 'NOPE'");
    assertThat(client.call("HELLO", "2")).isInstanceOf(Reply.Array.class);
  }

  @Test
  void mistakesAreToldInRedisWords() {
    assertThat(client.ask("foo", "a", "b"))
        .isEqualTo("-ERR unknown command 'foo', with args beginning with: 'a' 'b' ");
    assertThat(client.ask("GET")).isEqualTo("-ERR wrong number of arguments for 'get' command");
    assertThat(client.ask("CLIENT", "NOPE"))
        .isEqualTo("-ERR unknown subcommand 'NOPE'. Try CLIENT HELP.");
    assertThat(client.ask("CLIENT", "SETNAME"))
        .isEqualTo("-ERR wrong number of arguments for 'client|setname' command");
    assertThat(client.ask("SELECT", "1")).isEqualTo("-ERR DB index is out of range");
    assertThat(client.ask("SELECT", "0")).isEqualTo("OK");
    assertThat(client.ask("CLUSTER", "NOPE"))
        .isEqualTo("-ERR unknown subcommand 'NOPE'. Try CLUSTER HELP.");
    assertThat(client.ask("DEBUG", "SLEEP", "1")).startsWith("-ERR DEBUG command not allowed");
  }

  @Test
  void unavailableDataIsToldByCode() throws Exception {
    server.data.holding = true;
    for (var reason : kvstore.server.router.Unavailable.values()) {
      client.send("SET", "a", "1");
      server.data.held.take().handler().failed(reason);
      assertThat(client.answer()).matches("-(TRYAGAIN|CLUSTERDOWN|UNKNOWN|OOM|NOSPACE|IOERR) .*");
    }
  }

  @Test
  void clientsCanBeNamedListedAndKilled() {
    assertThat(client.ask("CLIENT", "SETNAME", "a b"))
        .isEqualTo("-ERR Client names cannot contain spaces, newlines or special characters.");
    assertThat(client.ask("CLIENT", "SETNAME", "main")).isEqualTo("OK");
    assertThat(client.ask("CLIENT", "SETINFO", "LIB-NAME", "test")).isEqualTo("OK");
    assertThat(client.ask("CLIENT", "SETINFO", "x", "test"))
        .isEqualTo("-ERR Unrecognized option 'x'");
    String id = client.ask("CLIENT", "ID");
    try (TestClient other = server.connect()) {
      String otherId = other.ask("CLIENT", "ID");
      assertThat(client.ask("CLIENT", "LIST").lines()).hasSize(2);
      assertThat(client.ask("CLIENT", "INFO"))
          .startsWith("id=" + id + " addr=127.0.0.1:")
          .contains(" name=main ", " lib-name=test ", " resp=2 ", " cmd=client ");
      assertThat(client.ask("CLIENT", "KILL", "ID", otherId)).isEqualTo("1");
      assertThat(other.isClosedByServer()).isTrue();
    }
    assertThat(client.ask("CLIENT", "KILL", "1.2.3.4:5")).isEqualTo("-ERR No such client");
    assertThat(client.ask("CLIENT", "KILL", "ID", id)).isEqualTo("0");
    assertThat(client.ask("CLIENT", "KILL", "ID", id, "SKIPME", "no")).isEqualTo("1");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void repliesCanBeTurnedOffAndSkipped() {
    client.raw("CLIENT REPLY SKIP\r\nPING\r\nECHO a\r\n");
    assertThat(client.answer()).isEqualTo("a");
    client.raw("CLIENT REPLY OFF\r\nPING\r\nECHO b\r\nCLIENT REPLY ON\r\nECHO c\r\n");
    assertThat(client.answer()).isEqualTo("OK");
    assertThat(client.answer()).isEqualTo("c");
  }

  @Test
  void resetAndQuitEndWhatTheSessionAgreed() {
    client.ask("HELLO", "3", "SETNAME", "me");
    client.ask("MULTI");
    assertThat(client.ask("RESET")).isEqualTo("RESET");
    assertThat(client.ask("CLIENT", "GETNAME")).isEqualTo("(nil)");
    assertThat(client.ask("EXEC")).isEqualTo("-ERR EXEC without MULTI");
    client.raw("ECHO a\r\nQUIT\r\nPING\r\n");
    assertThat(client.answer()).isEqualTo("a");
    assertThat(client.answer()).isEqualTo("OK");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void theCommandTableCanBeRead() {
    int count = Integer.parseInt(client.ask("COMMAND", "COUNT"));
    assertThat(count).isEqualTo(CommandTable.standard().all().size());
    assertThat(((Reply.Array) client.call("COMMAND")).items()).hasSize(count);
    Reply.Array get =
        (Reply.Array) ((Reply.Array) client.call("COMMAND", "INFO", "get", "nope")).items().get(0);
    assertThat(get.items()).hasSize(10);
    assertThat(TestClient.show(get)).startsWith("[get, 2, [readonly, fast], 1, 1, 1, [");
    assertThat(client.ask("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2")).isEqualTo("[a, b]");
    assertThat(client.ask("COMMAND", "GETKEYS", "ECHO", "x"))
        .isEqualTo("-ERR The command has no key arguments");
    assertThat(client.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "mset*"))
        .isEqualTo("[mset, msetnx]");
    assertThat(client.ask("COMMAND", "DOCS", "get")).startsWith("[get, [summary, ");
    assertThat(client.ask("COMMAND", "DOCS", "client")).contains("[client|id, [summary, ");
    assertThat(client.ask("COMMAND", "DOCS", "client|id")).startsWith("[client|id, [summary, ");
    assertThat(client.ask("COMMAND", "INFO", "client")).contains("[client|id, 2, ");
  }

  @Test
  void settingsCanBeShownAndSomeChanged() {
    assertThat(client.ask("CONFIG", "GET", "maxc*", "save"))
        .isEqualTo("[maxclients, 10000, save, ]");
    assertThat(client.ask("CONFIG", "SET", "timeout", "60", "maxclients", "20")).isEqualTo("OK");
    assertThat(client.ask("CONFIG", "GET", "timeout")).isEqualTo("[timeout, 60]");
    assertThat(client.ask("CONFIG", "SET", "port", "1"))
        .isEqualTo(
            "-ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable"
                + " config");
    assertThat(client.ask("CONFIG", "SET", "nope", "1"))
        .isEqualTo("-ERR Unknown option or number of arguments for CONFIG SET - 'nope'");
    assertThat(client.ask("CONFIG", "SET", "maxclients", "x")).contains("parsed into an integer");
  }

  @Test
  void infoHasTheFieldsThatClientsLookFor() {
    String info = client.ask("INFO");
    assertThat(info)
        .contains("# Server\r\nredis_version:7.2.", "kvstore_version:", "redis_mode:standalone\r\n")
        .contains("loading:0\r\n", "role:master\r\n", "cluster_enabled:0\r\n")
        .contains("db0:keys=5,expires=2,avg_ttl=0\r\n", "shard_s0:slots=0-16383,role=leader");
    assertThat(client.ask("INFO", "keyspace")).startsWith("# Keyspace").doesNotContain("# Server");
    client.ask("NOPE");
    assertThat(client.ask("INFO", "all")).contains("cmdstat_info:calls=", "errorstat_ERR:count=1");
    assertThat(client.ask("CONFIG", "RESETSTAT")).isEqualTo("OK");
    assertThat(client.ask("INFO", "stats")).contains("total_commands_processed:1\r\n");
  }

  @Test
  void smallCommandsAnswer() {
    assertThat(client.ask("WAIT", "1", "100")).isEqualTo("1");
    assertThat(((Reply.Array) client.call("TIME")).items()).hasSize(2);
    assertThat(client.ask("READONLY")).isEqualTo("OK");
    assertThat(client.ask("READWRITE")).isEqualTo("OK");
    assertThat(client.ask("CLUSTER", "KEYSLOT", "foo")).isEqualTo("12182");
    assertThat(client.ask("LATENCY", "LATEST")).isEqualTo("[]");
    assertThat(client.ask("SLOWLOG", "LEN")).isEqualTo("0");
    assertThat(client.ask("ACL", "WHOAMI")).isEqualTo("default");
    assertThat(client.ask("MEMORY", "USAGE", "nope")).isEqualTo("(nil)");
    client.ask("SET", "k", "12345");
    assertThat(client.ask("MEMORY", "USAGE", "k")).isEqualTo("38");
    assertThat(client.ask("CLIENT", "HELP")).contains("SETNAME name");
    assertThat(client.ask("AUTH", "x")).startsWith("-ERR AUTH <password> called without");
  }

  @Test
  void readonlyLetsReadsBeStale() throws Exception {
    server.data.holding = true;
    client.ask("READONLY");
    client.send("GET", "a");
    FakeDataPath.Held held = server.data.held.take();
    assertThat(held.command().mode()).isEqualTo(ReadMode.STALE);
    held.answer();
    client.read();
    client.ask("READWRITE");
    client.send("GET", "a");
    held = server.data.held.take();
    assertThat(held.command().mode()).isEqualTo(ReadMode.LINEARIZABLE);
    held.answer();
  }

  @Test
  void shutdownClosesTheConnectionAndStopsTheNode() throws Exception {
    client.send("SHUTDOWN");
    assertThat(client.isClosedByServer()).isTrue();
    assertThat(server.stopped.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aPasswordIsAskedForBeforeAnythingElse() {
    try (TestServer guarded = new TestServer(Map.of("KV_REQUIREPASS", "swordfish"));
        TestClient stranger = guarded.connect()) {
      assertThat(stranger.ask("GET", "a")).isEqualTo("-NOAUTH Authentication required.");
      assertThat(stranger.ask("NOPE")).isEqualTo("-NOAUTH Authentication required.");
      assertThat(stranger.ask("HELLO", "3")).startsWith("-NOAUTH HELLO must be called");
      assertThat(stranger.ask("AUTH", "wrong"))
          .isEqualTo("-WRONGPASS invalid username-password pair or user is disabled.");
      assertThat(stranger.ask("AUTH", "someone", "swordfish")).startsWith("-WRONGPASS");
      assertThat(stranger.ask("AUTH", "default", "swordfish")).isEqualTo("OK");
      assertThat(stranger.ask("SET", "a", "b".repeat(100_000))).isEqualTo("OK");
      assertThat(stranger.ask("RESET")).isEqualTo("RESET");
      assertThat(stranger.ask("GET", "a")).isEqualTo("-NOAUTH Authentication required.");
      assertThat(stranger.ask("HELLO", "3", "AUTH", "default", "swordfish")).contains("proto");
      assertThat(stranger.ask("PING")).isEqualTo("PONG");
      assertThat(stranger.ask("CONFIG", "GET", "requirepass")).doesNotContain("swordfish");
    }
  }

  @Test
  void aStrangerCannotSendMuch() {
    try (TestServer guarded = new TestServer(Map.of("KV_REQUIREPASS", "swordfish"));
        TestClient stranger = guarded.connect()) {
      stranger.raw("*2\r\n$3\r\nGET\r\n$1000000\r\n");
      assertThat(stranger.answer()).startsWith("-ERR Protocol error: ");
      assertThat(stranger.isClosedByServer()).isTrue();
    }
  }

  @Test
  void aStopDoesNotWaitForEver() {
    server.data.holding = true;
    client.send("GET", "never");
    server.net.stop(Duration.ofMillis(50));
    assertThat(client.isClosedByServer()).isTrue();
  }
}
