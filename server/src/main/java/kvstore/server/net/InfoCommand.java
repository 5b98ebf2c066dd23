package kvstore.server.net;

import static kvstore.server.net.Arguments.lower;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import kvstore.protocol.Reply;

/** INFO: sections of {@code name:value} lines. */
final class InfoCommand implements SessionCommand.Answering {

  /** Left out unless asked for by name, or by "all" or "everything". */
  private static final Set<String> BY_NAME_ONLY = Set.of("commandstats");

  private final Map<String, Consumer<InfoText>> sections = new LinkedHashMap<>();

  InfoCommand(Gateway gateway) {
    InfoSections content = new InfoSections(gateway);
    sections.put("Server", content::server);
    sections.put("Clients", content::clients);
    sections.put("Memory", content::memory);
    sections.put("Persistence", content::persistence);
    sections.put("Stats", content::stats);
    sections.put("Replication", content::replication);
    sections.put("CPU", content::cpu);
    sections.put("Commandstats", content::commandstats);
    sections.put("Errorstats", content::errorstats);
    sections.put("Cluster", content::cluster);
    sections.put("Shards", content::shards);
    sections.put("Nodes", content::nodes);
    sections.put("Keyspace", content::keyspace);
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
        section.accept(text);
      }
    });
    return new Reply.Verbatim("txt", text.toString());
  }
}
