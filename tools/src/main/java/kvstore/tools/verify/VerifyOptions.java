package kvstore.tools.verify;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import kvstore.tools.verify.fault.FaultKind;

/**
 * What a run shall do.
 *
 * @param replicas of each shard
 * @param rate operations a second of all clients together
 * @param directory the nodes' data, new or empty
 * @param command what the user would type to repeat the choices
 */
record VerifyOptions(
    int nodes,
    int replicas,
    Duration duration,
    int clients,
    int rate,
    long seed,
    Set<FaultKind> faults,
    Path directory,
    String command) {}
