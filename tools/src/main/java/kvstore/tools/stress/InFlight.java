package kvstore.tools.stress;

/** Requests under way on one connection, oldest first. Bounded; owned by the client's thread. */
final class InFlight {

  private final Operation[] operations;
  private final int[] keys;
  private final int[] versions;
  private final long[] intended;
  private final long[] sent;
  private int head;
  private int count;

  InFlight(int capacity) {
    this.operations = new Operation[capacity];
    this.keys = new int[capacity];
    this.versions = new int[capacity];
    this.intended = new long[capacity];
    this.sent = new long[capacity];
  }

  int count() {
    return count;
  }

  void add(Operation operation, int key, int version, long intendedAt, long sentAt) {
    if (count == keys.length) {
      throw new IllegalStateException("more than " + keys.length + " requests under way");
    }
    int at = (head + count) % keys.length;
    operations[at] = operation;
    keys[at] = key;
    versions[at] = version;
    intended[at] = intendedAt;
    sent[at] = sentAt;
    count++;
  }

  Operation operation() {
    return operations[head];
  }

  int key() {
    return keys[head];
  }

  /** Of a write. */
  int version() {
    return versions[head];
  }

  /** When it was to be sent, in the time of {@link System#nanoTime}. */
  long intended() {
    return intended[head];
  }

  /** When it was sent. */
  long sent() {
    return sent[head];
  }

  void remove() {
    head = (head + 1) % keys.length;
    count--;
  }
}
