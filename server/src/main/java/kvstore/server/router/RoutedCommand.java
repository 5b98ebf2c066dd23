package kvstore.server.router;

import kvstore.protocol.CommandSpec;

/**
 * A command that touches keys, on its way to the shard that holds them.
 *
 * @param spec the command's row in the command table
 * @param arguments name first; not changed afterwards
 * @param mode how fresh a read must be; ignored by writes
 * @param ordered whether its connection has an unanswered command before it, whose effect it must
 *     see
 */
@SuppressWarnings("ArrayRecordComponent") // compared by identity only
public record RoutedCommand(CommandSpec spec, byte[][] arguments, ReadMode mode, boolean ordered) {}
