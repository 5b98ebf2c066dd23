package kvstore.server.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that an operator can set, checked; an immutable value. */
public record ServerOptions(
    NodeOptions node,
    ListenOptions listen,
    SecurityOptions security,
    ConsistencyOptions consistency,
    ClientLimits clients,
    StorageOptions storage,
    ProcessOptions process) {

  /**
   * Reads the command line, the environment, the file that {@code --config} names, and the
   * defaults, in this order of strength.
   *
   * @throws ConfigException with one line that says what was expected
   */
  public static ServerOptions read(List<String> arguments, Map<String, String> environment) {
    OptionValues values = OptionValues.read(arguments, environment);
    ServerOptions options =
        new ServerOptions(
            NodeOptions.from(values),
            ListenOptions.from(values),
            SecurityOptions.from(values),
            ConsistencyOptions.from(values),
            ClientLimits.from(values),
            StorageOptions.from(values),
            ProcessOptions.from(values));
    options.endpoints(Optional.empty());
    return options;
  }

  /** All defaults; for tests. */
  public static ServerOptions defaults() {
    return read(List.of(), Map.of());
  }

  /**
   * Where the node listens.
   *
   * @param remembered this node as its directory has it from an earlier start
   * @throws ConfigException if that is beyond this machine and nothing keeps strangers out
   */
  public Endpoints endpoints(Optional<ClusterMember> remembered) {
    Endpoints endpoints =
        Endpoints.resolve(listen, node.advertiseHost(), node.self().or(() -> remembered));
    if (!security.insecure() && !endpoints.isLoopback()) {
      requireSecret(endpoints, OptionTable.REQUIREPASS, security.password());
      requireSecret(endpoints, OptionTable.CLUSTER_SECRET, security.clusterSecret());
    }
    return endpoints;
  }

  private static void requireSecret(
      Endpoints endpoints, Option<String> option, Optional<Secret> secret) {
    if (secret.isEmpty()) {
      throw new ConfigException(
          "option host: expected a loopback address, or "
              + option.name()
              + " (see "
              + option.environmentName()
              + " and "
              + option.name()
              + "-file), or insecure, but got '"
              + endpoints.host()
              + "' alone");
    }
  }
}
