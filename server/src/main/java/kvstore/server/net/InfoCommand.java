package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import kvstore.protocol.Reply;

/** INFO: sections of {@code name:value} lines. */
final class InfoCommand implements SessionCommand.Answering {

  /** Left out unless asked for by name, or by "all" or "everything". */
  private static final Set<String> BY_NAME_ONLY = Set.of("commandstats");

  private final Map<String, BiConsumer<Session, InfoText>> sections = new LinkedHashMap<>();

  InfoCommand(Gateway gateway) {
    InfoSections content = new InfoSections(gateway);
    sections.put("Server", content::server);
    sections.put("Clients", (session, text) -> content.clients(text));
    sections.put("Memory", (session, text) -> content.memory(text));
    sections.put("Persistence", (session, text) -> content.persistence(text));
    sections.put("Stats", (session, text) -> content.stats(text));
    sections.put("Replication", (session, text) -> content.replication(text));
    sections.put("CPU", (session, text) -> content.cpu(text));
    sections.put("Commandstats", (session, text) -> content.commandstats(text));
    sections.put("Errorstats", (session, text) -> content.errorstats(text));
    sections.put("Cluster", content::cluster);
    sections.put("Shards", (session, text) -> content.shards(text));
    sections.put("Nodes", (session, text) -> content.nodes(text));
    sections.put("Keyspace", (session, text) -> content.keyspace(text));
  }

  @Override
  public Reply answer(Session session, byte[][] arguments) {
    Set<String> wanted = new LinkedHashSet<>();
    Arrays.stream(arguments).skip(1).map(Arguments::lower).forEach(wanted::add);
    boolean all = wanted.contains("all") || wanted.contains("everything");
    boolean usual = wanted.isEmpty() || wanted.contains("default");
    InfoText text = new InfoText();
    sections.forEach((title, section) -> {
      String name = lower(title.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      if (all || wanted.contains(name) || (usual && !BY_NAME_ONLY.contains(name))) {
        text.title(title);
        section.accept(session, text);
      }
    });
    return new Reply.Verbatim("txt", text.toString());
  }
}
