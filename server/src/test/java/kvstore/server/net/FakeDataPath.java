package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.protocol.Slots;
import kvstore.server.memory.ClientMemory;
import kvstore.server.router.DataPath;
import kvstore.server.router.ReplyHandler;
import kvstore.server.router.RoutedCommand;
import kvstore.server.router.Watch;
import kvstore.server.router.WatchHandler;

/** A data path in memory that knows SET, GET, INCR, STRLEN and EXISTS, or holds what comes. */
final class FakeDataPath implements DataPath {

  /** A command that waits for the test to answer it. */
  record Held(RoutedCommand command, ReplyHandler handler) {
    void answer() {
      handler.reply(new Reply.Bulk(command.arguments()[1]));
    }
  }

  final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
  final Map<String, byte[]> values = new ConcurrentHashMap<>();
  final Map<String, Long> versions = new ConcurrentHashMap<>();
  final List<Boolean> ordered = new ArrayList<>();
  final List<Runnable> heldWatches = new ArrayList<>();
  volatile ClientMemory memory = ClientMemory.unbounded();
  volatile boolean holding;
  volatile boolean holdingWatches;

  @Override
  public ClientMemory memory() {
    return memory;
  }

  @Override
  public void submit(RoutedCommand command, ReplyHandler handler) {
    synchronized (ordered) {
      ordered.add(command.ordered());
    }
    if (holding) {
      held.add(new Held(command, handler));
    } else {
      handler.reply(run(command.arguments()));
    }
  }

  @Override
  public void submitTransaction(
      List<Watch> watched, List<Request> commands, boolean isOrdered, ReplyHandler handler) {
    for (Watch watch : watched) {
      if (version(watch.key()) != watch.version()) {
        handler.reply(Reply.NIL_ARRAY);
        return;
      }
    }
    handler.reply(
        new Reply.Array(commands.stream().map(request -> run(request.arguments())).toList()));
  }

  @Override
  public void countKeys(int slot, boolean isOrdered, ReplyHandler handler) {
    handler.reply(new Reply.Int(keysOf(slot).size()));
  }

  @Override
  public void listKeys(int slot, long most, boolean isOrdered, ReplyHandler handler) {
    handler.reply(new Reply.Array(keysOf(slot).stream().limit(most).map(Reply::bulk).toList()));
  }

  private List<String> keysOf(int slot) {
    return values.keySet().stream()
        .filter(key -> Slots.slotOf(key.getBytes()) == slot)
        .sorted()
        .toList();
  }

  @Override
  public void watch(List<byte[]> keys, boolean isOrdered, WatchHandler handler) {
    long[] found = keys.stream().mapToLong(this::version).toArray();
    if (holdingWatches) {
      heldWatches.add(() -> handler.watched(found));
    } else {
      handler.watched(found);
    }
  }

  private long version(byte[] key) {
    return versions.getOrDefault(new String(key), 0L);
  }

  private synchronized Reply run(byte[][] arguments) {
    String name = new String(arguments[0]).toLowerCase(java.util.Locale.ROOT);
    String key = arguments.length > 1 ? new String(arguments[1]) : "";
    byte[] value = values.get(key);
    return switch (name) {
      case "get" -> value == null ? Reply.NIL : new Reply.Bulk(value);
      case "exists" -> new Reply.Int(value == null ? 0 : 1);
      case "strlen" -> new Reply.Int(value == null ? 0 : value.length);
      case "set" -> {
        values.put(key, arguments[2]);
        versions.merge(key, 1L, Long::sum);
        yield Reply.OK;
      }
      case "incr" -> {
        long next = value == null ? 1 : Long.parseLong(new String(value)) + 1;
        values.put(key, Long.toString(next).getBytes());
        versions.merge(key, 1L, Long::sum);
        yield new Reply.Int(next);
      }
      default -> new Reply.Failure("ERR the fake does not know " + name);
    };
  }
}
