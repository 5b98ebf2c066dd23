package kvstore.tools.stress;

/** What a client of the stress test sends. */
enum Operation {
  GET,
  SET,
  /** Takes away what the test has written. */
  DEL,
  /** First on a new connection. */
  AUTH
}
