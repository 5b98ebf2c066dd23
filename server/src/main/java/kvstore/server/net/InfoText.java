package kvstore.server.net;

/** The text of INFO as it grows. */
final class InfoText {

  private final StringBuilder text = new StringBuilder();

  void title(String title) {
    if (!text.isEmpty()) {
      text.append("\r\n");
    }
    text.append("# ").append(title).append("\r\n");
  }

  InfoText line(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
