package kvstore.server.net;

import static kvstore.server.net.Arguments.is;

import java.util.List;
import kvstore.protocol.Reply;
import kvstore.server.console.ShardDigest;

/** SHARD DIGEST: what the replicas of this very node hold, never forwarded. */
final class DigestCommand implements SessionCommand {

  private final Gateway gateway;

  DigestCommand(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public void run(Session session, byte[][] arguments, ReplySlot slot) {
    if (!is(arguments[1], "digest")) {
      slot.reply(Failures.unknownSubcommand("shard", arguments[1]));
      return;
    }
    var unused =
        gateway
            .node()
            .digests()
            .handle((digests, failure) -> {
              slot.reply(failure == null ? reply(digests) : busy());
              return slot;
            });
  }

  private static Reply busy() {
    return new Reply.Failure("TRYAGAIN a replica can not be read now");
  }

  private static Reply reply(List<ShardDigest> digests) {
    return new Reply.Array(
        digests.stream()
            .<Reply>map(digest ->
                new Reply.Array(
                    List.of(
                        new Reply.Int(digest.shard()),
                        new Reply.Int(digest.appliedIndex()),
                        new Reply.Int(digest.appliedTerm()),
                        new Reply.Int(digest.records()),
                        Reply.bulk(digest.checksum()))))
            .toList());
  }
}
