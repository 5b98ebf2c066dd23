package kvstore.server.console;

import java.util.Locale;

/** A page that shows a person how the node is. */
final class StatusPage {

  private StatusPage() {}

  static String of(NodeView node, ClientStatistics clients) {
    StringBuilder page = new StringBuilder();
    page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.append(escape(node.id().value())).append(" - kvstore</title><style>");
    page.append("body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#222}");
    page.append("table{border-collapse:collapse;margin:1em 0}");
    page.append("th,td{text-align:left;padding:.3em 1em;border-bottom:1px solid #ddd}");
    page.append("</style></head><body><h1>kvstore node ").append(escape(node.id().value()));
    page.append("</h1><p>Cluster ").append(escape(node.clusterId())).append(", ");
    page.append(clients.connectedClients()).append(" clients, ");
    page.append(clients.totals().commands()).append(" commands answered. ");
    page.append("<a href=\"/metrics\">Metrics</a></p>");
    page.append("<table><tr><th>Shard<th>Slots<th>Role<th>Leader<th>Term<th>Applied<th>Keys</tr>");
    for (ShardStatus shard : node.shards()) {
      row(
          page,
          shard.name(),
          shard.firstSlot() + "-" + shard.lastSlot(),
          shard.leadership().role().name().toLowerCase(Locale.ROOT),
          String.valueOf(shard.leadership().leader()),
          shard.leadership().term(),
          shard.progress().appliedIndex(),
          shard.keys());
    }
    page.append("</table><table><tr><th>Node<th>Address<th>Connected</tr>");
    for (PeerStatus peer : node.peers()) {
      row(
          page,
          peer.id().value(),
          peer.host() + ":" + peer.port(),
          peer.connected() ? "yes" : "no");
    }
    return page.append("</table></body></html>\n").toString();
  }

  private static void row(StringBuilder page, Object... cells) {
    page.append("<tr>");
    for (Object cell : cells) {
      page.append("<td>").append(escape(String.valueOf(cell)));
    }
    page.append("</tr>");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
