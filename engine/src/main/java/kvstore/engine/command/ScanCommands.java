package kvstore.engine.command;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** KEYS, SCAN and RANDOMKEY. */
final class ScanCommands {
  /** Keys that RANDOMKEY chooses among. */
  private static final int SAMPLE = 64;

  private ScanCommands() {}

  static Outcome keys(KeyView keys, byte[][] arguments) throws StorageException {
    Glob glob = new Glob(arguments[0]);
    List<Outcome> found = new ArrayList<>();
    ReplySize size = new ReplySize(keys.limits());
    keys.visit(
        keys.range().first(),
        keys.range().last(),
        (slot, key, type) -> {
          if (glob.matches(key)) {
            size.add(key.length);
            found.add(new Outcome.Bytes(key));
          }
          return true;
        });
    return new Outcome.Many(found);
  }

  /** {@code SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]}. */
  static Outcome scan(KeyView keys, byte[][] arguments) throws StorageException {
    long cursor = Numbers.parseCursor(arguments[0]);
    @Nullable Glob glob = null;
    @Nullable String type = null;
    long count = 10;
    for (int i = 1; i < arguments.length; i += 2) {
      boolean more = i + 1 < arguments.length;
      if (more && Words.is(arguments[i], "count")) {
        count = Numbers.parse(arguments[i + 1]);
        if (count < 1) {
          throw Refusal.syntax();
        }
      } else if (more && Words.is(arguments[i], "match")) {
        glob = new Glob(arguments[i + 1]);
      } else if (more && Words.is(arguments[i], "type")) {
        type = Words.text(arguments[i + 1]);
      } else {
        throw Refusal.syntax();
      }
    }
    ScanStep step = new ScanStep(cursor, count);
    step.run(keys);
    return outcome(step, glob, type, keys.limits());
  }

  private static Outcome outcome(
      ScanStep step, @Nullable Glob glob, @Nullable String type, KeyspaceLimits limits) {
    List<Outcome> found = new ArrayList<>();
    ReplySize size = new ReplySize(limits);
    for (ScanStep.Found key : step.found()) {
      boolean wanted =
          (glob == null || glob.matches(key.key()))
              && (type == null || type.equalsIgnoreCase(KeyCommands.typeName(key.type())));
      if (wanted) {
        size.add(key.key().length);
        found.add(new Outcome.Bytes(key.key()));
      }
    }
    byte[] cursor = Words.bytes(Long.toUnsignedString(step.nextCursor()));
    return new Outcome.Many(List.of(new Outcome.Bytes(cursor), new Outcome.Many(found)));
  }

  static Outcome randomKey(KeyView keys, byte[][] arguments) throws StorageException {
    int last = keys.range().last();
    Sample first = new Sample(1);
    keys.visit(keys.range().first(), last, first);
    if (first.keys.isEmpty()) {
      return Outcome.NIL;
    }
    RandomGenerator random = keys.random();
    Sample sample = new Sample(SAMPLE);
    int start = last + 1;
    while (sample.keys.isEmpty()) {
      start = random.nextInt(first.slot, start);
      keys.visit(start, last, sample);
    }
    if (sample.keys.size() < SAMPLE && start > first.slot) {
      keys.visit(first.slot, start - 1, sample);
    }
    byte[] chosen = sample.choose(random);
    if (sample.ofOneSlot()) {
      // The slot may hold many more: look around a key that could be there.
      Sample elsewhere = new Sample(SAMPLE);
      keys.visitFrom(sample.slot, similar(chosen, random), elsewhere);
      chosen = elsewhere.keys.isEmpty() ? chosen : elsewhere.choose(random);
    }
    return new Outcome.Bytes(chosen);
  }

  /** The first keys that it is shown. */
  private static final class Sample implements KeyVisitor {
    private final int size;
    private final List<byte[]> keys = new ArrayList<>();
    private int slot = -1;
    private int lastSlot = -1;

    private Sample(int size) {
      this.size = size;
    }

    @Override
    public boolean visit(int keySlot, byte[] key, byte type) {
      slot = slot < 0 ? keySlot : slot;
      lastSlot = keySlot;
      keys.add(key);
      return keys.size() < size;
    }

    boolean ofOneSlot() {
      return keys.size() == size && slot == lastSlot;
    }

    byte[] choose(RandomGenerator random) {
      return keys.get(random.nextInt(keys.size()));
    }
  }

  /** A key like this one, with other digits and letters from some place on. */
  private static byte[] similar(byte[] key, RandomGenerator random) {
    byte[] similar = key.clone();
    int from = key.length == 0 ? 0 : random.nextInt(key.length);
    for (int i = from; i < key.length; i++) {
      int b = key[i];
      if (b >= '0' && b <= '9') {
        similar[i] = (byte) ('0' + random.nextInt(10));
      } else if (b >= 'a' && b <= 'z') {
        similar[i] = (byte) ('a' + random.nextInt(26));
      } else if (b >= 'A' && b <= 'Z') {
        similar[i] = (byte) ('A' + random.nextInt(26));
      } else if (b < 0) {
        similar[i] = (byte) random.nextInt(256);
      }
    }
    return similar;
  }
}
