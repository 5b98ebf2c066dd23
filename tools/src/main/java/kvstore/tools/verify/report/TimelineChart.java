package kvstore.tools.verify.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import kvstore.tools.stress.report.Axis;
import kvstore.tools.stress.report.Html;
import kvstore.tools.verify.report.VerifyReport.Slice;

/** Operations a second over time, and below them a lane for each kind of fault. */
final class TimelineChart {

  private static final int WIDTH = 1000;
  private static final int LEFT = 104;
  private static final int RIGHT = 18;
  private static final int TOP = 12;
  private static final int PLOT = 230;
  private static final int LANES = TOP + PLOT + 32;
  private static final int LANE = 20;

  /** Points of a line, at most about. */
  private static final int POINTS = 240;

  private static final int SLICES_PER_SECOND = 10;

  private final VerifyReport report;
  private final List<String> kinds;
  private final Axis x;
  private final Axis y;
  private final int width;
  private final StringBuilder svg = new StringBuilder();

  TimelineChart(VerifyReport report) {
    this.report = report;
    this.kinds = report.faults().stream().map(FaultReport::kind).distinct().sorted().toList();
    this.width = Math.max(2, (report.slices().size() + POINTS - 1) / POINTS);
    this.x = Axis.seconds((double) report.slices().size() / SLICES_PER_SECOND);
    double most = 10;
    for (double[] point : points(Slice::ok)) {
      most = Math.max(most, point[1]);
    }
    this.y = Axis.fromZero(most, value -> String.format(Locale.ROOT, "%,.0f", value));
  }

  String html() {
    int height = LANES + kinds.size() * LANE + 10;
    svg.append("<p class=\"legend\"><span class=\"get\"><i></i>succeeded</span>");
    svg.append("<span class=\"set\"><i></i>failed for certain</span>");
    svg.append("<span class=\"error\"><i></i>outcome unknown</span>");
    svg.append("<span class=\"fault\"><i></i>fault</span>");
    svg.append("<span class=\"fault after\"><i></i>until all nodes were well</span></p>\n");
    svg.append("<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(height);
    svg.append("\" role=\"img\" aria-label=\"Operations and faults over time\">\n");
    bands();
    grid();
    line("get", true, points(Slice::ok));
    line("set", false, points(Slice::failed));
    line("error", false, points(Slice::unknown));
    lanes();
    return svg.append("</svg>\n").toString();
  }

  private List<double[]> points(ToDoubleFunction<Slice> count) {
    List<double[]> points = new ArrayList<>();
    List<Slice> slices = report.slices();
    for (int from = 0; from < slices.size(); from += width) {
      int to = Math.min(slices.size(), from + width);
      double sum = slices.subList(from, to).stream().mapToDouble(count).sum();
      points.add(
          new double[] {
            (from + to) / 2.0 / SLICES_PER_SECOND, sum * SLICES_PER_SECOND / (to - from)
          });
    }
    return points;
  }

  private void bands() {
    for (FaultReport fault : report.faults()) {
      rectangle("band", fault.beganAt(), fault.endedAt(), TOP, PLOT, "");
    }
  }

  private void grid() {
    for (Axis.Tick tick : y.ticks()) {
      segment("grid", LEFT, up(tick.value()), WIDTH - RIGHT, up(tick.value()));
      label("end", LEFT - 10.0, up(tick.value()) + 4, tick.label());
    }
    for (Axis.Tick tick : x.ticks()) {
      double at = across(tick.value());
      segment("grid faint", at, TOP, at, LANES + kinds.size() * LANE);
      label("middle", at, TOP + PLOT + 20.0, tick.label());
    }
    segment("axis", LEFT, TOP + PLOT, WIDTH - RIGHT, TOP + PLOT);
  }

  private void line(String style, boolean filled, List<double[]> points) {
    if (points.isEmpty()) {
      return;
    }
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(path.isEmpty() ? 'M' : 'L');
      path.append(number(across(point[0]))).append(' ').append(number(up(point[1])));
    }
    if (filled) {
      svg.append("<path class=\"area ").append(style).append("\" d=\"").append(path);
      svg.append('L').append(number(across(points.get(points.size() - 1)[0])));
      svg.append(' ').append(TOP + PLOT).append('L').append(number(across(points.get(0)[0])));
      svg.append(' ').append(TOP + PLOT).append("Z\"/>\n");
    }
    svg.append("<path class=\"line ").append(style).append("\" d=\"").append(path);
    svg.append("\"/>\n");
  }

  private void lanes() {
    for (int lane = 0; lane < kinds.size(); lane++) {
      double top = LANES + (double) lane * LANE;
      label("end", LEFT - 10.0, top + 13, kinds.get(lane));
      segment("grid faint", LEFT, top + LANE - 2, WIDTH - RIGHT, top + LANE - 2);
      for (FaultReport fault : report.faults()) {
        if (fault.kind().equals(kinds.get(lane))) {
          String hint = VerifyText.line(fault).strip().replaceAll(" +", " ");
          int well = fault.wellAt() < 0 ? fault.endedAt() + 30_000 : fault.wellAt();
          rectangle("fault after", fault.endedAt(), well, top + 2, LANE - 7, hint);
          rectangle("fault", fault.beganAt(), fault.endedAt(), top + 2, LANE - 7, hint);
        }
      }
    }
  }

  private void rectangle(
      String style, int fromMillis, int toMillis, double top, double height, String hint) {
    double from = across(fromMillis / 1e3);
    double to = Math.max(from + 2, across(toMillis / 1e3));
    svg.append("<rect class=\"").append(style).append("\" x=\"").append(number(from));
    svg.append("\" y=\"").append(number(top)).append("\" width=\"").append(number(to - from));
    svg.append("\" height=\"").append(number(height)).append("\" rx=\"2\">");
    if (!hint.isEmpty()) {
      svg.append("<title>").append(Html.text(hint)).append("</title>");
    }
    svg.append("</rect>\n");
  }

  private void segment(String style, double x1, double y1, double x2, double y2) {
    svg.append("<line class=\"").append(style).append("\" x1=\"").append(number(x1));
    svg.append("\" y1=\"").append(number(y1)).append("\" x2=\"").append(number(x2));
    svg.append("\" y2=\"").append(number(y2)).append("\"/>\n");
  }

  private void label(String anchor, double atX, double atY, String text) {
    svg.append("<text text-anchor=\"").append(anchor).append("\" x=\"").append(number(atX));
    svg.append("\" y=\"").append(number(atY)).append("\">").append(Html.text(text));
    svg.append("</text>\n");
  }

  private double across(double seconds) {
    return LEFT + x.position(seconds) * (WIDTH - LEFT - RIGHT);
  }

  private double up(double value) {
    return TOP + PLOT - y.position(value) * PLOT;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
