package kvstore.engine.command;

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

  /** Shorter strings, and missing ones, count as filled up with zeros. */
  byte[] combine(@Nullable Value[] sources, int length) {
    byte[] result = new byte[length];
    Value first = sources[0];
    if (first != null) {
      System.arraycopy(first.data(), first.offset(), result, 0, first.length());
    }
    if (this == NOT) {
      for (int i = 0; i < length; i++) {
        result[i] = (byte) ~result[i];
      }
    }
    for (int s = 1; s < sources.length; s++) {
      combine(result, sources[s]);
    }
    return result;
  }

  private void combine(byte[] result, @Nullable Value source) {
    int length = source == null ? 0 : source.length();
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
  }
}
