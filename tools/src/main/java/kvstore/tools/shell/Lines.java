package kvstore.tools.shell;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Lines of bytes, and whether another has come already: only then is it worth while to wait. */
final class Lines {

  private static final int LONGEST = 512 << 20;

  private final InputStream in;
  private byte[] buffer = new byte[64 << 10];
  private int start;
  private int end;

  /** The bytes from {@link #start} to here hold no line break. */
  private int searched;

  Lines(InputStream in) {
    this.in = in;
  }

  /** Whether {@link #next} has a whole line without reading more. */
  boolean hasBuffered() {
    return lineEnd() >= 0;
  }

  /** The next line without its break; null at the end. */
  byte @Nullable [] next() throws IOException {
    while (true) {
      int lineEnd = lineEnd();
      if (lineEnd >= 0) {
        return take(lineEnd, lineEnd + 1);
      }
      if (!fill()) {
        return start == end ? null : take(end, end);
      }
    }
  }

  private int lineEnd() {
    for (int i = Math.max(start, searched); i < end; i++) {
      if (buffer[i] == '\n') {
        searched = i;
        return i;
      }
    }
    searched = end;
    return -1;
  }

  private byte[] take(int lineEnd, int next) {
    boolean carriageReturn = lineEnd > start && buffer[lineEnd - 1] == '\r';
    byte[] line = Arrays.copyOfRange(buffer, start, carriageReturn ? lineEnd - 1 : lineEnd);
    start = next;
    searched = next;
    return line;
  }

  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      searched -= start;
      start = 0;
    }
    if (end == buffer.length) {
      if (end >= LONGEST) {
        throw new IOException("a line of more than " + LONGEST + " bytes");
      }
      buffer = Arrays.copyOf(buffer, Math.min(LONGEST, end * 2));
    }
    int count = in.read(buffer, end, buffer.length - end);
    if (count < 0) {
      return false;
    }
    end += count;
    return true;
  }
}
