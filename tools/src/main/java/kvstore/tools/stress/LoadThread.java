package kvstore.tools.stress;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/** Drives some of the clients, never blocking on one. Used by one thread at a time. */
final class LoadThread implements Closeable {

  private static final long MILLI = 1_000_000;
  private static final long SHORT_NAP = 20_000;
  private static final long LONGEST_WAIT = 20 * MILLI;

  private final Selector selector;
  private final List<Client> clients = new ArrayList<>();

  /** Takes every {@code step}th client, beginning with {@code first}. */
  LoadThread(Setup setup, int first, int step) throws IOException {
    selector = Selector.open();
    for (int number = first; number < setup.workload().clients(); number += step) {
      clients.add(new Client(setup, selector, number));
    }
  }

  /**
   * Works until every client is done or {@code stopped}.
   *
   * @param work what each client, by number, has to do
   * @param precise whether requests are due at times that must be kept to less than a millisecond
   * @return requests that were due and have not been sent
   */
  long run(
      IntFunction<Work> work, boolean precise, Meter meter, Errors errors, BooleanSupplier stopped)
      throws IOException {
    long now = System.nanoTime();
    for (Client client : clients) {
      client.begin(work.apply(client.number()), meter, errors, now);
    }
    long tickAt = now;
    while (!stopped.getAsBoolean()) {
      now = System.nanoTime();
      if (now - tickAt >= 0) {
        long wait = tick(now);
        if (wait == Work.NEVER) {
          break;
        }
        tickAt = now + Math.min(wait, LONGEST_WAIT);
      }
      if (await(tickAt, precise) > 0) {
        long wait = serve();
        if (wait != Work.NEVER && tickAt - now > wait) {
          tickAt = now + wait;
        }
      }
    }
    long unsent = 0;
    for (Client client : clients) {
      unsent += client.unsent(now);
    }
    return unsent;
  }

  /** The shortest wait of all; {@link Work#NEVER} if every client is done. */
  private long tick(long now) {
    long shortest = Work.NEVER;
    for (Client client : clients) {
      long wait = client.tick(now);
      if (wait != Work.NEVER || !client.finished(now)) {
        shortest = Math.min(shortest, wait);
      }
    }
    return shortest;
  }

  private int await(long until, boolean precise) throws IOException {
    long wait = until - System.nanoTime();
    if (!precise) {
      return wait > 0 ? selector.select((wait + MILLI - 1) / MILLI) : selector.selectNow();
    }
    if (wait >= 2 * MILLI) {
      return selector.select(wait / MILLI - 1);
    }
    // the selector can not wait for less than a millisecond
    int ready = selector.selectNow();
    if (ready == 0 && wait > 0) {
      LockSupport.parkNanos(Math.min(wait, SHORT_NAP));
      ready = selector.selectNow();
    }
    return ready;
  }

  /** Lets the clients go on whose sockets are ready; the shortest wait that one asks for. */
  private long serve() {
    long shortest = Work.NEVER;
    Set<SelectionKey> selected = selector.selectedKeys();
    for (SelectionKey key : selected) {
      if (key.isValid() && key.attachment() instanceof Client client) {
        shortest = Math.min(shortest, client.ready(System.nanoTime()));
      }
    }
    selected.clear();
    return shortest;
  }

  @Override
  public void close() throws IOException {
    clients.forEach(Client::close);
    selector.close();
  }
}
