package kvstore.protocol;

/**
 * Bounds of one request.
 *
 * @param bulkBytes bytes of one argument
 * @param arguments arguments of one command, the name included
 * @param inlineBytes bytes of an inline command, and of any line
 * @param requestBytes bytes of all arguments together
 */
public record ProtocolLimits(int bulkBytes, int arguments, int inlineBytes, long requestBytes) {

  public static final ProtocolLimits DEFAULT =
      new ProtocolLimits(64 << 20, 1 << 20, 64 << 10, 128L << 20);
}
