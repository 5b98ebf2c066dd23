package kvstore.testkit.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;

/**
 * Takes measurements, one for each line of standard input, and answers each with lines of JSON: one
 * when the measurement begins, and its report. It stays, so that it is as warm for the first system
 * as for the last.
 */
public final class LoadMain {

  private LoadMain() {}

  /** Runs until standard input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    String line = in.readLine();
    while (line != null) {
      try {
        LoadRun run = new LoadRun(LoadSettings.parse(line));
        LoadReport report = run.run(begin -> out.println("{\"begun\":" + begin + "}"));
        out.println(report.json());
      } catch (IllegalArgumentException | IOException e) {
        out.println("{\"failure\":\"" + String.valueOf(e.getMessage()).replace('"', '\'') + "\"}");
      }
      line = in.readLine();
    }
  }
}
