package kvstore.tools.stress.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over two axes, as SVG that is styled by the page's classes. */
final class Chart {

  private static final int WIDTH = 1000;
  private static final int HEIGHT = 300;
  private static final int LEFT = 74;
  private static final int RIGHT = 18;
  private static final int TOP = 12;
  private static final int BOTTOM = 34;
  private static final int MOST_DOTS = 130;

  /**
   * @param hint told when the pointer rests there
   */
  record Dot(double x, double y, String hint) {}

  private record Line(String name, String style, boolean filled, List<Dot> dots) {}

  private final Axis x;
  private final Axis y;
  private final String description;
  private final List<Line> lines = new ArrayList<>();
  private final List<Dot> marks = new ArrayList<>();

  Chart(String description, Axis x, Axis y) {
    this.description = description;
    this.x = x;
    this.y = y;
  }

  Chart line(String name, String style, boolean filled, List<Dot> dots) {
    lines.add(new Line(name, style, filled, List.copyOf(dots)));
    return this;
  }

  /** Marks on the lower edge. */
  Chart marks(List<Dot> some) {
    marks.addAll(some);
    return this;
  }

  /** The chart with its legend. */
  String html() {
    StringBuilder html = new StringBuilder();
    html.append("<p class=\"legend\">");
    for (Line line : lines) {
      html.append("<span class=\"").append(line.style).append("\"><i></i>");
      html.append(Html.text(line.name)).append("</span>");
    }
    if (!marks.isEmpty()) {
      html.append("<span class=\"error\"><i></i>errors</span>");
    }
    html.append("</p>\n<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT);
    html.append("\" role=\"img\" aria-label=\"").append(Html.text(description)).append("\">\n");
    grid(html);
    lines.forEach(line -> draw(html, line));
    for (Dot mark : marks) {
      html.append("<rect class=\"mark\" width=\"6\" height=\"10\" ");
      attribute(html, "x", across(mark.x) - 3);
      attribute(html, "y", HEIGHT - BOTTOM - 10.0);
      html.append("><title>").append(Html.text(mark.hint)).append("</title></rect>\n");
    }
    return html.append("</svg>\n").toString();
  }

  private void grid(StringBuilder html) {
    for (Axis.Tick tick : y.ticks()) {
      double at = up(tick.value());
      segment(html, "grid", LEFT, at, WIDTH - RIGHT, at);
      label(html, "end", LEFT - 10.0, at + 4, tick.label());
    }
    for (Axis.Tick tick : x.ticks()) {
      double at = across(tick.value());
      segment(html, "grid faint", at, TOP, at, HEIGHT - BOTTOM);
      label(html, "middle", at, HEIGHT - BOTTOM + 20.0, tick.label());
    }
    segment(html, "axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
  }

  private void draw(StringBuilder html, Line line) {
    if (line.dots.isEmpty()) {
      return;
    }
    StringBuilder path = new StringBuilder();
    for (Dot dot : line.dots) {
      path.append(path.isEmpty() ? 'M' : 'L');
      path.append(number(across(dot.x))).append(' ').append(number(up(dot.y)));
    }
    if (line.filled) {
      double floor = HEIGHT - BOTTOM;
      html.append("<path class=\"area ").append(line.style).append("\" d=\"").append(path);
      html.append('L').append(number(across(line.dots.get(line.dots.size() - 1).x)));
      html.append(' ').append(number(floor)).append('L');
      html.append(number(across(line.dots.get(0).x))).append(' ').append(number(floor));
      html.append("Z\"/>\n");
    }
    html.append("<path class=\"line ").append(line.style).append("\" d=\"").append(path);
    html.append("\"/>\n");
    if (line.dots.size() <= MOST_DOTS) {
      for (Dot dot : line.dots) {
        html.append("<circle class=\"").append(line.style).append("\" r=\"6\" ");
        attribute(html, "cx", across(dot.x));
        attribute(html, "cy", up(dot.y));
        html.append("><title>").append(Html.text(line.name + ": " + dot.hint));
        html.append("</title></circle>\n");
      }
    }
  }

  private double across(double value) {
    return LEFT + x.position(value) * (WIDTH - LEFT - RIGHT);
  }

  private double up(double value) {
    return HEIGHT - BOTTOM - y.position(value) * (HEIGHT - TOP - BOTTOM);
  }

  private static void segment(
      StringBuilder html, String style, double x1, double y1, double x2, double y2) {
    html.append("<line class=\"").append(style).append("\" ");
    attribute(html, "x1", x1);
    attribute(html, "y1", y1);
    attribute(html, "x2", x2);
    attribute(html, "y2", y2);
    html.append("/>\n");
  }

  private static void label(StringBuilder html, String anchor, double x, double y, String text) {
    html.append("<text text-anchor=\"").append(anchor).append("\" ");
    attribute(html, "x", x);
    attribute(html, "y", y);
    html.append('>').append(Html.text(text)).append("</text>\n");
  }

  private static void attribute(StringBuilder html, String name, double value) {
    html.append(name).append("=\"").append(number(value)).append("\" ");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
