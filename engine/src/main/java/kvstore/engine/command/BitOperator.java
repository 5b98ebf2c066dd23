package kvstore.engine.command;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The operations of BITOP. */
enum BitOperator {
  AND,
  OR,
  XOR,
  NOT;

  static BitOperator parse(byte[] argument) {
    for (BitOperator operator : values()) {
      if (Words.is(argument, operator.word())) {
        return operator;
      }
    }
    throw Refusal.syntax();
  }

  private String word() {
    return switch (this) {
      case AND -> "and";
      case OR -> "or";
      case XOR -> "xor";
      case NOT -> "not";
    };
  }

  /** The result of the first source alone. */
  byte[] start(@Nullable Value first) {
    byte[] result = first == null ? new byte[0] : first.payloadOfLength(first.length());
    if (this == NOT) {
      for (int i = 0; i < result.length; i++) {
        result[i] = (byte) ~result[i];
      }
    }
    return result;
  }

  /**
   * The result with one source more. Shorter strings, and missing ones, count as filled up with
   * zeros.
   */
  byte[] combine(byte[] before, @Nullable Value source) {
    int length = source == null ? 0 : source.length();
    byte[] result = length > before.length ? Arrays.copyOf(before, length) : before;
    for (int i = 0; i < result.length; i++) {
      int other = source != null && i < length ? source.at(i) : 0;
      result[i] =
          (byte)
              switch (this) {
                case AND -> result[i] & other;
                case OR -> result[i] | other;
                case XOR, NOT -> result[i] ^ other;
              };
    }
    return result;
  }
}
