package kvstore.engine.command;

import java.util.ArrayList;
import java.util.List;
import kvstore.engine.command.BitField.Overflow;
import kvstore.engine.storage.StorageException;

/** BITFIELD and BITFIELD_RO: integers of any width within strings. */
final class BitFieldCommands {
  private BitFieldCommands() {}

  private enum Action {
    GET,
    SET,
    INCRBY
  }

  private record Step(Action action, BitField field, long offset, long number, Overflow overflow) {
    long highestBit() {
      return offset + field.bits() - 1;
    }
  }

  static Outcome bitField(KeyEditor keys, byte[][] arguments) throws StorageException {
    List<Step> steps = parse(keys, arguments);
    Value value = Strings.get(keys, arguments[0]);
    long highest = -1;
    for (Step step : steps) {
      if (step.action() != Action.GET) {
        highest = Math.max(highest, step.highestBit());
      }
    }
    List<Outcome> outcomes = new ArrayList<>(steps.size());
    if (highest < 0) {
      byte[] bytes = value == null ? new byte[0] : value.payload();
      for (Step step : steps) {
        outcomes.add(new Outcome.Int(step.field().read(bytes, step.offset())));
      }
      return new Outcome.Many(outcomes);
    }
    byte[] bytes = Bits.grown(keys, value, highest);
    for (Step step : steps) {
      outcomes.add(run(step, bytes));
    }
    keys.put(arguments[0], bytes, Strings.expiryOf(value));
    return new Outcome.Many(outcomes);
  }

  static Outcome bitFieldReadOnly(KeyView keys, byte[][] arguments) throws StorageException {
    List<Step> steps = parse(keys, arguments);
    for (Step step : steps) {
      if (step.action() != Action.GET) {
        throw new Refusal("ERR BITFIELD_RO only supports the GET subcommand");
      }
    }
    Value value = Strings.get(keys, arguments[0]);
    byte[] bytes = value == null ? new byte[0] : value.payload();
    List<Outcome> outcomes = new ArrayList<>(steps.size());
    for (Step step : steps) {
      outcomes.add(new Outcome.Int(step.field().read(bytes, step.offset())));
    }
    return new Outcome.Many(outcomes);
  }

  private static Outcome run(Step step, byte[] bytes) {
    BitField field = step.field();
    long old = field.read(bytes, step.offset());
    if (step.action() == Action.GET) {
      return new Outcome.Int(old);
    }
    boolean setting = step.action() == Action.SET;
    long base = setting ? step.number() : old;
    long increment = setting ? 0 : step.number();
    BitField.Sum sum = field.add(base, increment, step.overflow());
    if (sum.failed()) {
      return Outcome.NIL;
    }
    field.write(bytes, step.offset(), sum.value());
    return new Outcome.Int(setting ? old : sum.value());
  }

  private static List<Step> parse(KeyView keys, byte[][] arguments) {
    List<Step> steps = new ArrayList<>();
    Overflow overflow = Overflow.WRAP;
    int i = 1;
    while (i < arguments.length) {
      int left = arguments.length - i - 1;
      if (Words.is(arguments[i], "overflow") && left >= 1) {
        overflow = Overflow.parse(arguments[i + 1]);
        i += 2;
        continue;
      }
      Action action = action(arguments[i], left);
      BitField field = BitField.parse(arguments[i + 1]);
      long offset = Bits.offset(keys, arguments[i + 2], field.bits());
      boolean get = action == Action.GET;
      long number = get ? 0 : Numbers.parse(arguments[i + 3]);
      steps.add(new Step(action, field, offset, number, overflow));
      i += get ? 3 : 4;
    }
    return steps;
  }

  private static Action action(byte[] word, int argumentsLeft) {
    if (Words.is(word, "get") && argumentsLeft >= 2) {
      return Action.GET;
    } else if (Words.is(word, "set") && argumentsLeft >= 3) {
      return Action.SET;
    } else if (Words.is(word, "incrby") && argumentsLeft >= 3) {
      return Action.INCRBY;
    }
    throw Refusal.syntax();
  }
}
