package kvstore.engine.redis;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A redis-server of our own on a free loopback port, with a connection to it. */
final class RedisServer implements AutoCloseable {
  private final Process process;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RedisServer(Process process, Socket socket) throws IOException {
    this.process = process;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream());
  }

  static Optional<Path> program() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(folder -> Path.of(folder, "redis-server"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static RedisServer start(Path program, Path folder) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--proto-max-bulk-len",
                "1048576")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (; ; ) {
      try {
        return new RedisServer(process, new Socket(InetAddress.getLoopbackAddress(), port));
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          process.destroy();
          throw e;
        }
        Thread.yield();
      }
    }
  }

  /** The reply as text, in the notation of Scene. */
  String say(List<byte[]> words) throws IOException {
    out.write(("*" + words.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (byte[] word : words) {
      out.write(("$" + word.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(word);
      out.write('\r');
      out.write('\n');
    }
    out.flush();
    return reply();
  }

  private String reply() throws IOException {
    String line = line();
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '+', '-', ':':
        return rest;
      case '$':
        int length = Integer.parseInt(rest);
        if (length < 0) {
          return "(nil)";
        }
        String text = new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
        in.skipNBytes(2);
        return '"' + text + '"';
      case '*':
        int count = Integer.parseInt(rest);
        if (count < 0) {
          return "(nil list)";
        }
        List<String> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          items.add(reply());
        }
        return items.toString();
      default:
        throw new IOException("unexpected reply " + line);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (; ; ) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException();
      }
      if (b == '\r') {
        in.skipNBytes(1);
        return line.toString();
      }
      line.append((char) b);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    socket.close();
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
