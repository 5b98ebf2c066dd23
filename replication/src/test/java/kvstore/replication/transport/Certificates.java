package kvstore.replication.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Self-signed certificates for tests, made by the JDK's keytool. */
final class Certificates {

  private static final String PASSWORD = "password";

  private Certificates() {}

  /** Files for one node that trusts itself and {@code others}. */
  static TlsFiles create(Path directory, String name, TlsFiles... others) {
    try {
      Path store = directory.resolve(name + ".p12");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
              "-genkeypair",
              "-alias",
              name,
              "-dname",
              "CN=" + name,
              "-keyalg",
              "EC",
              "-groupname",
              "secp256r1",
              "-ext",
              "bc:c",
              "-storetype",
              "PKCS12",
              "-keystore",
              store.toString(),
              "-storepass",
              PASSWORD);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve(name + ".log").toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(Files.readString(directory.resolve(name + ".log")));
      }
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD.toCharArray());
      }
      byte[] key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
      String certificate = pem("CERTIFICATE", keys.getCertificate(name).getEncoded());
      List<String> trusted = new ArrayList<>(List.of(certificate));
      for (TlsFiles other : others) {
        trusted.add(Files.readString(other.certificateChain()));
      }
      return new TlsFiles(
          Files.writeString(directory.resolve(name + ".crt"), certificate),
          Files.writeString(directory.resolve(name + ".key"), pem("PRIVATE KEY", key)),
          Files.writeString(directory.resolve(name + ".trust"), String.join("", trusted)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN "
        + what
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END "
        + what
        + "-----\n";
  }
}
