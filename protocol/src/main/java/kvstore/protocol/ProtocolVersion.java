package kvstore.protocol;

/** The versions of the Redis serialization protocol. */
public enum ProtocolVersion {
  RESP2,
  RESP3
}
