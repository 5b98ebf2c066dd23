package kvstore.server.net;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Every open connection, by id; any thread. */
final class ClientRegistry {

  private final Map<Long, Connection> connections = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();

  long nextId() {
    return lastId.incrementAndGet();
  }

  void add(Connection connection) {
    connections.put(connection.id(), connection);
  }

  void remove(Connection connection) {
    connections.remove(connection.id());
  }

  @Nullable Connection byId(long id) {
    return connections.get(id);
  }

  Collection<Connection> all() {
    return connections.values();
  }

  int size() {
    return connections.size();
  }
}
