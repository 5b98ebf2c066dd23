package kvstore.tools.shell;

/** Takes messages that nobody asked for, such as that a node has stopped. */
@FunctionalInterface
public interface Announcer {

  /** Any thread. */
  void announce(String message);
}
