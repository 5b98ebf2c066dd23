package kvstore.server.net;

import kvstore.protocol.CommandSpec;
import kvstore.protocol.Flag;
import kvstore.protocol.Reply;
import kvstore.server.config.ClientLimits.RequestLimits;
import org.jspecify.annotations.Nullable;

/** What every request must keep to before anything runs it. */
final class RequestRules {

  private static final int MOST_QUEUED = 32_768;

  private final int maxKey;
  private final long maxTotal;

  RequestRules(RequestLimits limits) {
    this.maxKey = limits.maxKey().toInt();
    this.maxTotal = limits.maxTotal().bytes();
  }

  /** The error to answer with, or null if the request may run. */
  @Nullable Reply check(Session session, CommandSpec spec, byte[][] arguments, long bytes) {
    if (!session.isAuthenticated() && !spec.has(Flag.NO_AUTH)) {
      return Failures.NO_AUTH;
    }
    if (!spec.accepts(arguments.length)) {
      return Failures.wrongArity(spec.name());
    }
    if (!spec.subcommands().isEmpty()) {
      Reply refusal = checkSubcommand(spec, arguments);
      if (refusal != null) {
        return refusal;
      }
    }
    return bytes > maxKey ? checkKeys(spec, arguments) : null;
  }

  /** Whether one more command of {@code bytes} fits into the transaction. */
  boolean hasRoom(Transaction transaction, long bytes) {
    return transaction.commands().size() < MOST_QUEUED && transaction.bytes() + bytes <= maxTotal;
  }

  private static @Nullable Reply checkSubcommand(CommandSpec spec, byte[][] arguments) {
    if (arguments.length < 2) {
      return null;
    }
    CommandSpec subcommand = spec.subcommand(arguments[1]);
    if (subcommand == null) {
      return Failures.unknownSubcommand(spec.name(), arguments[1]);
    }
    return subcommand.accepts(arguments.length)
        ? null
        : Failures.wrongArity(spec.name() + "|" + subcommand.name());
  }

  private @Nullable Reply checkKeys(CommandSpec spec, byte[][] arguments) {
    for (byte[] key : spec.keys(arguments)) {
      if (key.length > maxKey) {
        return Failures.error("key is longer than " + maxKey + " bytes");
      }
    }
    return null;
  }
}
