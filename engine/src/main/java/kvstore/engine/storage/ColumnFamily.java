package kvstore.engine.storage;

/** The independent key ranges of a storage. The ids are part of the checkpoint: append only. */
public enum ColumnFamily {
  /** Keys and their values. */
  RECORDS(0, "default"),
  /** Keys that expire, in the order of their times. */
  EXPIRY(1, "expiry"),
  /** What the keyspace knows about itself. */
  META(2, "meta");

  private final int id;
  private final String label;

  ColumnFamily(int id, String label) {
    this.id = id;
    this.label = label;
  }

  public int id() {
    return id;
  }

  /** Name on disk. */
  public String label() {
    return label;
  }
}
