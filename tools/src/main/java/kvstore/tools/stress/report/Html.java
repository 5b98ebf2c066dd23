package kvstore.tools.stress.report;

/** Text within a page. */
public final class Html {

  private Html() {}

  /** Escaped for content and for attributes in double quotes. */
  public static String text(String plain) {
    StringBuilder escaped = new StringBuilder(plain.length());
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        default -> escaped.append(c < ' ' ? ' ' : c);
      }
    }
    return escaped.toString();
  }

  /** A table; the first column is text, the others are figures unless {@code allText}. */
  public static String table(boolean allText, Iterable<? extends Iterable<String>> rows) {
    StringBuilder html = new StringBuilder("<div class=\"scroll\"><table");
    html.append(allText ? " class=\"words\">" : ">");
    boolean head = true;
    for (Iterable<String> row : rows) {
      html.append("<tr>");
      for (String cell : row) {
        html.append(head ? "<th>" : "<td>").append(text(cell));
        html.append(head ? "</th>" : "</td>");
      }
      html.append("</tr>\n");
      head = false;
    }
    return html.append("</table></div>\n").toString();
  }
}
