package kvstore.server.net;

import java.util.HashMap;
import java.util.Map;

/** Every command that the connection layer runs, by name. */
final class SessionCommands {

  private SessionCommands() {}

  static Map<String, SessionCommand> of(Gateway gateway) {
    Map<String, SessionCommand> commands = new HashMap<>();
    new ConnectionCommands(gateway).addTo(commands);
    new TransactionCommands(gateway).addTo(commands);
    new ServerCommands(gateway).addTo(commands);
    commands.put("admin", new AdminCommand(gateway));
    commands.put("client", new ClientCommand(gateway));
    commands.put("command", new SessionCommand.Immediate(new CommandCommand(gateway)));
    commands.put("config", new SessionCommand.Immediate(new ConfigCommand(gateway)));
    commands.put("cluster", new ClusterCommand(gateway));
    commands.put("debug", new DebugCommand(gateway));
    commands.put("memory", new MemoryCommand(gateway));
    commands.put("shard", new DigestCommand(gateway));
    commands.put("info", new SessionCommand.Immediate(new InfoCommand(gateway)));
    return Map.copyOf(commands);
  }
}
