package kvstore.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import kvstore.server.config.Endpoints;
import kvstore.server.config.ServerOptions;
import kvstore.server.console.HttpConsole;
import kvstore.server.net.NetServer;
import org.jspecify.annotations.Nullable;

/** The client and the HTTP port, taken on a thread of their own while the data is opened. */
final class Ports {

  private final ServerOptions options;
  private final Endpoints endpoints;
  private final NetServer.Setup setup;
  private @Nullable CompletableFuture<NetServer> clients;
  private @Nullable CompletableFuture<HttpConsole> console;

  Ports(ServerOptions options, Endpoints endpoints, InstantSource clock, Runnable stop) {
    this.options = options;
    this.endpoints = endpoints;
    this.setup = NetServer.Setup.of(this.options, clock, stop);
  }

  void bindInBackground() {
    CompletableFuture<NetServer> first = inBackground(() -> NetServer.bind(setup, endpoints));
    clients = first;
    console = inBackground(() -> HttpConsole.bind(endpoints, setup.statistics()));
  }

  /** Where the node listens, with the client ports that were had. */
  Endpoints bound() throws IOException {
    NetServer server = clients();
    return endpoints.bound(server.port(), server.clusterPort());
  }

  NetServer clients() throws IOException {
    return await(clients);
  }

  HttpConsole console() throws IOException {
    return await(console);
  }

  void close() {
    if (clients != null) {
      clients
          .thenAccept(server -> server.stop(java.time.Duration.ZERO))
          .exceptionally(e -> null)
          .join();
    }
    if (console != null) {
      console.thenAccept(HttpConsole::close).exceptionally(e -> null).join();
    }
  }

  private interface Binding<T> {
    T bind() throws IOException;
  }

  private static <T> CompletableFuture<T> inBackground(Binding<T> binding) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(binding.bind());
              } catch (IOException e) {
                result.completeExceptionally(new UncheckedIOException(e));
              } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            },
            "bind");
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static <T> T await(@Nullable CompletableFuture<T> binding) throws IOException {
    if (binding == null) {
      throw new IllegalStateException("not bound");
    }
    try {
      return binding.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException io) {
        throw io.getCause();
      }
      throw e;
    }
  }
}
