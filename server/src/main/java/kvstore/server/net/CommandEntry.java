package kvstore.server.net;

import kvstore.protocol.CommandSpec;
import org.jspecify.annotations.Nullable;

/**
 * A row of the command table as the connections use it.
 *
 * @param index dense, for statistics
 * @param session what runs it here; null for commands of the data path
 */
record CommandEntry(CommandSpec spec, int index, @Nullable SessionCommand session) {}
