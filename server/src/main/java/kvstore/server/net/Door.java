package kvstore.server.net;

/** By which port a client came in, and so what it wants to hear of the shards. */
enum Door {
  /** Any key is answered, wherever it lives. */
  PLAIN,
  /** The client knows the Redis Cluster protocol: it is told where a key lives. */
  CLUSTER
}
