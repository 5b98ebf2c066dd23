package kvstore.engine.keyspace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import kvstore.engine.command.Command;
import kvstore.engine.command.KeyspaceLimits;
import kvstore.engine.command.Operation;
import kvstore.engine.command.Outcome;
import kvstore.engine.storage.ReadTier;
import kvstore.engine.storage.Storage;
import kvstore.engine.storage.StorageException;

/** A keyspace with a log of its own: each command is an entry, at a time that the test sets. */
public final class Scene implements AutoCloseable {
  public static final KeyspaceLimits LIMITS = new KeyspaceLimits(1000, 1 << 20, 1 << 20, 2 << 20);

  private final Keyspace keyspace;
  private long nowMs = 1_000_000;

  public Scene(Storage storage) throws StorageException {
    this(storage, LIMITS);
  }

  public Scene(Storage storage, KeyspaceLimits limits) throws StorageException {
    // small, so that values leave it too
    RecordCache cache = new RecordCache(64 << 10);
    keyspace = Keyspace.open(storage, Scene::slotOf, limits, new SplittableRandom(1), cache);
  }

  /** Spreads keys over few slots, so that some hold many keys. */
  public static int slotOf(byte[] key) {
    return key.length == 0 ? 16383 : key[key.length - 1] & 0x7;
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public long nowMs() {
    return nowMs;
  }

  public void nowMs(long timeMs) {
    nowMs = timeMs;
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static Command command(String name, Object... arguments) {
    Operation operation = Operation.byName(name);
    if (operation == null) {
      throw new IllegalArgumentException("no operation " + name);
    }
    return new Command(
        operation,
        Arrays.stream(arguments)
            .map(a -> a instanceof byte[] raw ? raw : bytes(a.toString()))
            .toArray(byte[][]::new));
  }

  /** Runs one command as one entry, or as a read. */
  public Outcome run(String name, Object... arguments) throws StorageException {
    return run(command(name, arguments));
  }

  public Outcome run(Command command) throws StorageException {
    if (!command.operation().writes()) {
      Outcome outcome = keyspace.read(command, nowMs, ReadTier.DISK);
      if (outcome == null) {
        throw new IllegalStateException("no outcome from disk");
      }
      return outcome;
    }
    try (WriteSession session = keyspace.begin()) {
      session.entry(keyspace.appliedIndex() + 1, 1, nowMs);
      Outcome outcome = session.execute(command);
      session.commit();
      return outcome;
    }
  }

  /** The same, with the outcome as text. */
  public String say(String name, Object... arguments) throws StorageException {
    return text(run(name, arguments));
  }

  public static String text(Outcome outcome) {
    if (outcome instanceof Outcome.Text text) {
      return text.text();
    } else if (outcome instanceof Outcome.Int number) {
      return Long.toString(number.value());
    } else if (outcome instanceof Outcome.Bytes bytes) {
      return '"' + new String(bytes.value(), StandardCharsets.ISO_8859_1) + '"';
    } else if (outcome instanceof Outcome.Nil) {
      return "(nil)";
    } else if (outcome instanceof Outcome.NilMany) {
      return "(nil list)";
    } else if (outcome instanceof Outcome.Many many) {
      return many.items().stream().map(Scene::text).toList().toString();
    } else if (outcome instanceof Outcome.Pairs pairs) {
      return pairs.keysAndValues().stream().map(Scene::text).toList().toString();
    } else if (outcome instanceof Outcome.Refused refused) {
      return refused.message();
    }
    if (outcome instanceof Outcome.Elsewhere) {
      return "(elsewhere)";
    }
    throw new IllegalArgumentException(outcome.toString());
  }

  @Override
  public void close() {
    keyspace.close();
  }
}
