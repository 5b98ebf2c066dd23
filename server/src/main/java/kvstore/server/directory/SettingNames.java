package kvstore.server.directory;

/** The names under which an operator changes the settings, and what each may be. */
public final class SettingNames {

  private SettingNames() {}

  /** The settings with one changed. */
  static Settings change(Settings old, String name, String value) throws DirectoryException {
    return switch (name) {
      case "replicas" -> old.withReplicas(odd(name, number(name, value, 1, 7)));
      case "shards-per-node" ->
          with(
              old,
              (int) number(name, value, 1, 64),
              old.spreadMinBytes(),
              old.splitBytes(),
              old.splitOpsPerSecond());
      case "spread-min-bytes" ->
          with(
              old,
              old.shardsPerNode(),
              number(name, value, 0, 1L << 50),
              old.splitBytes(),
              old.splitOpsPerSecond());
      case "split-bytes" ->
          with(
              old,
              old.shardsPerNode(),
              old.spreadMinBytes(),
              number(name, value, 1L << 20, 1L << 50),
              old.splitOpsPerSecond());
      case "split-ops" ->
          with(
              old,
              old.shardsPerNode(),
              old.spreadMinBytes(),
              old.splitBytes(),
              number(name, value, 0, 1_000_000_000L));
      case "replace-after-ms" ->
          with(
              old,
              number(name, value, 1_000, 30L * 86_400_000),
              old.copyBytesPerSecond(),
              old.balance());
      case "copy-bytes-per-second" ->
          with(old, old.replaceAfterMs(), number(name, value, 1L << 16, 1L << 40), old.balance());
      case "balance" ->
          with(old, old.replaceAfterMs(), old.copyBytesPerSecond(), flag(name, value));
      default ->
          throw DirectoryException.refused(
              "expected a setting of replicas, shards-per-node, spread-min-bytes, split-bytes,"
                  + " split-ops, replace-after-ms, copy-bytes-per-second or balance, but got '"
                  + name
                  + "'");
    };
  }

  private static Settings with(
      Settings old, int shardsPerNode, long spreadMinBytes, long splitBytes, long splitOps) {
    return new Settings(
        old.replicas(),
        shardsPerNode,
        spreadMinBytes,
        splitBytes,
        splitOps,
        old.replaceAfterMs(),
        old.copyBytesPerSecond(),
        old.balance());
  }

  private static Settings with(Settings old, long replaceAfterMs, long copyBytes, boolean balance) {
    return new Settings(
        old.replicas(),
        old.shardsPerNode(),
        old.spreadMinBytes(),
        old.splitBytes(),
        old.splitOpsPerSecond(),
        replaceAfterMs,
        copyBytes,
        balance);
  }

  private static long number(String name, String value, long least, long most)
      throws DirectoryException {
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException e) {
      number = Long.MIN_VALUE;
    }
    if (number < least || number > most) {
      throw DirectoryException.refused(
          "expected " + name + " of " + least + " to " + most + ", but got '" + value + "'");
    }
    return number;
  }

  private static int odd(String name, long number) throws DirectoryException {
    if (number % 2 == 0) {
      throw DirectoryException.refused("expected an odd number of " + name + ", but got " + number);
    }
    return (int) number;
  }

  private static boolean flag(String name, String value) throws DirectoryException {
    if (!value.equals("true") && !value.equals("false")) {
      throw DirectoryException.refused(
          "expected " + name + " to be true or false, but got '" + value + "'");
    }
    return value.equals("true");
  }
}
