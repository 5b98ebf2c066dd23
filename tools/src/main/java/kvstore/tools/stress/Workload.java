package kvstore.tools.stress;

import java.time.Duration;
import kvstore.tools.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * What is sent.
 *
 * @param clients connections; each owns the keys whose number leaves its own when divided by this
 * @param pipeline requests that a client has under way at once
 * @param duration how long; ignored if {@code requests} is given
 * @param requests how many; 0 to go by time
 * @param keys how many keys are written before the test and used in it
 * @param valueSize bytes
 * @param readShare GETs among all requests, 0 to 1
 * @param distribution which keys are used how often
 * @param rate requests a second, sent on schedule whatever comes back; 0 to send when a reply came
 * @param threads that drive the clients
 * @param timeout for one reply
 * @param seed of all choices
 * @param prefix of all keys; ASCII
 * @param credentials null to stay anonymous
 */
record Workload(
    int clients,
    int pipeline,
    Duration duration,
    long requests,
    int keys,
    int valueSize,
    double readShare,
    Distribution distribution,
    double rate,
    int threads,
    Duration timeout,
    long seed,
    String prefix,
    @Nullable Credentials credentials) {

  static final int MOST_KEYS = 50_000_000;
  static final long MOST_BUFFERED = 256L << 20;

  Workload {
    require(clients >= 1 && clients <= 20_000, "--clients from 1 to 20000", clients);
    require(pipeline >= 1 && pipeline <= 10_000, "--pipeline from 1 to 10000", pipeline);
    require(requests >= 0, "--requests of 1 or more", requests);
    require(keys >= clients && keys <= MOST_KEYS, "--keys from --clients to " + MOST_KEYS, keys);
    require(
        valueSize >= ValueFormat.LEAST_SIZE && (long) valueSize * clients <= MOST_BUFFERED,
        "--value-size of at least "
            + ValueFormat.LEAST_SIZE
            + " bytes, and of at most 256 MiB for all clients together",
        valueSize);
    require(rate >= 0 && rate <= 10_000_000, "--rate from 1 to 10000000", rate);
    require(threads >= 1 && threads <= 64, "--threads from 1 to 64", threads);
    require(requests > 0 || duration.toMillis() > 0, "--duration above zero", duration);
    require(timeout.toMillis() > 0, "--timeout above zero", timeout);
  }

  private static void require(boolean holds, String expected, Object got) {
    if (!holds) {
      throw new IllegalArgumentException("expected " + expected + ", got " + got);
    }
  }

  /** How many keys a client owns. */
  int keysOf(int client) {
    return keys / clients + (client < keys % clients ? 1 : 0);
  }

  /** The number of a client's key among all. */
  long keyNumber(int client, int own) {
    return (long) own * clients + client;
  }
}
