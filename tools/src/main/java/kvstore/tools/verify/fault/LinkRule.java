package kvstore.tools.verify.fault;

/**
 * How bytes go from one node to another.
 *
 * @param blocked whether they wait until that ends; nothing is lost, as TCP would send it again
 * @param delayNanos how long each byte takes
 * @param bytesPerSecond how many go at most; 0 for any number
 */
record LinkRule(boolean blocked, long delayNanos, long bytesPerSecond) {

  static final LinkRule OPEN = new LinkRule(false, 0, 0);
  static final LinkRule BLOCKED = new LinkRule(true, 0, 0);
}
