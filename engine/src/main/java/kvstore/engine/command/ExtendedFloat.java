package kvstore.engine.command;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A floating-point number with a mantissa of 64 bits, the {@code long double} of x86, so that sums
 * come out digit for digit as in Redis.
 */
final class ExtendedFloat {
  private static final int MANTISSA_BITS = 64;
  private static final int MAX_DECIMAL_EXPONENT = 4933;
  private static final int MIN_DECIMAL_EXPONENT = -4951;
  private static final int MAX_CHARACTERS = 5 * 1024 - 1;
  private static final int DECIMALS = 17;
  private static final BigDecimal TOO_LARGE = new BigDecimal(BigInteger.ONE.shiftLeft(16384));

  /** Null: infinite. */
  private final @Nullable BigDecimal value;

  private ExtendedFloat(@Nullable BigDecimal value) {
    this.value = value;
  }

  static ExtendedFloat of(BigDecimal exact) {
    BigDecimal rounded = round(exact);
    return new ExtendedFloat(rounded.abs().compareTo(TOO_LARGE) >= 0 ? null : rounded);
  }

  /**
   * @throws Refusal if the text is not a number in range
   */
  static ExtendedFloat parse(byte[] data, int offset, int length) {
    if (length == 0 || length > MAX_CHARACTERS) {
      throw new Refusal(Refusal.NOT_A_FLOAT);
    }
    String text = new String(data, offset, length, StandardCharsets.ISO_8859_1);
    if (isInfinity(text)) {
      return new ExtendedFloat(null);
    }
    BigDecimal exact = decimal(text);
    if (exact.signum() == 0) {
      return new ExtendedFloat(BigDecimal.ZERO);
    }
    long exponent = (long) exact.precision() - exact.scale();
    if (exponent > MAX_DECIMAL_EXPONENT || exponent < MIN_DECIMAL_EXPONENT) {
      throw new Refusal(Refusal.NOT_A_FLOAT);
    }
    ExtendedFloat parsed = of(exact);
    if (parsed.value == null) {
      throw new Refusal(Refusal.NOT_A_FLOAT);
    }
    return parsed;
  }

  private static boolean isInfinity(String text) {
    String word = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    String lower = word.toLowerCase(Locale.ROOT);
    return lower.equals("inf") || lower.equals("infinity");
  }

  private static BigDecimal decimal(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new Refusal(Refusal.NOT_A_FLOAT);
    }
  }

  /** Rounds to the nearest number with a mantissa of 64 bits, half to even. */
  private static BigDecimal round(BigDecimal exact) {
    if (exact.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigInteger numerator = exact.unscaledValue().abs();
    BigInteger denominator = BigInteger.ONE;
    if (exact.scale() > 0) {
      denominator = BigInteger.TEN.pow(exact.scale());
    } else {
      numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
    }
    // Chosen so that the quotient has 64 or 65 bits.
    int shift = MANTISSA_BITS - (numerator.bitLength() - denominator.bitLength());
    BigInteger mantissa = quotient(numerator, denominator, shift);
    if (mantissa.bitLength() > MANTISSA_BITS) {
      shift--;
      mantissa = quotient(numerator, denominator, shift);
    }
    BigDecimal rounded =
        shift <= 0
            ? new BigDecimal(mantissa.shiftLeft(-shift))
            : new BigDecimal(mantissa).divide(new BigDecimal(BigInteger.ONE.shiftLeft(shift)));
    return exact.signum() < 0 ? rounded.negate() : rounded;
  }

  /** {@code numerator * 2^shift / denominator}, rounded half to even. */
  private static BigInteger quotient(BigInteger numerator, BigInteger denominator, int shift) {
    BigInteger dividend = shift > 0 ? numerator.shiftLeft(shift) : numerator;
    BigInteger divisor = shift < 0 ? denominator.shiftLeft(-shift) : denominator;
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    int half = parts[1].shiftLeft(1).compareTo(divisor);
    boolean up = half > 0 || half == 0 && parts[0].testBit(0);
    return up ? parts[0].add(BigInteger.ONE) : parts[0];
  }

  /**
   * @throws Refusal if the sum is not finite
   */
  ExtendedFloat plus(ExtendedFloat other) {
    ExtendedFloat sum =
        value == null || other.value == null ? new ExtendedFloat(null) : of(value.add(other.value));
    if (sum.value == null) {
      throw new Refusal("ERR increment would produce NaN or Infinity");
    }
    return sum;
  }

  /** Up to 17 decimals, without zeros at the end. */
  String format() {
    if (value == null) {
      return "inf";
    }
    BigDecimal decimals = value.setScale(DECIMALS, RoundingMode.HALF_EVEN);
    return decimals.signum() == 0 ? "0" : decimals.stripTrailingZeros().toPlainString();
  }
}
