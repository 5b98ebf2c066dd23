"""Line charts as SVG, and a page that holds them with the tables. No script, no font, nothing from elsewhere."""

import html
import math

WIDTH, HEIGHT = 620, 330
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 50
COLOURS = ["#0b6fa4", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c", "#475569", "#0f766e"]


def lines(title, x_name, y_name, series, log_y=True):
    """A chart. `series`: name to a list of (x, middle, low, high), x above 0. Both axes are logarithmic unless
    log_y says otherwise."""
    points = [point for line in series.values() for point in line if point[1] > 0]
    if not points:
        return ""
    x = _Scale([p[0] for p in points], LEFT, WIDTH - RIGHT, True)
    y = _Scale([v for p in points for v in p[1:] if v > 0], HEIGHT - BOTTOM, TOP, log_y)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{html.escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{html.escape(x_name)}</text>',
        f'<text x="14" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {(TOP + HEIGHT - BOTTOM) / 2})">{html.escape(y_name)}</text>',
    ]
    parts += _grid(x, y, sorted({p[0] for p in points}))
    for number, (name, line) in enumerate(series.items()):
        parts += _line(name, [p for p in line if p[1] > 0], x, y, number)
    return "\n".join(parts + ["</svg>"])


class _Scale:
    def __init__(self, values, first, last, log):
        self.log = log
        self.low, self.high = min(values), max(values)
        if log and self.low > 0:
            self.low, self.high = self.low / 1.15, self.high * 1.15
        else:
            self.log, self.low, self.high = False, 0, self.high * 1.1 or 1
        self.first, self.last = first, last

    def at(self, value):
        value = max(value, self.low)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def ticks(self):
        if not self.log:
            step = 10 ** math.floor(math.log10(self.high))
            step = step / 5 if self.high / step < 2 else step / 2 if self.high / step < 5 else step
            return [i * step for i in range(1 + int(self.high / step))]
        ticks = [m * 10**e for e in range(-4, 13) for m in (1, 2, 5) if self.low <= m * 10**e <= self.high]
        return ticks if len(ticks) <= 9 else [t for t in ticks if math.log10(t) % 1 < 1e-9]


def _short(value):
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.4g}"


def _grid(x, y, places):
    parts = []
    for tick in y.ticks():
        at = y.at(tick)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    last = -100.0
    for place in places:
        at = x.at(place)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#f3f4f6"/>')
        if at - last >= 22:
            parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_short(place)}</text>')
            last = at
    return parts


def _line(name, line, x, y, number):
    colour = COLOURS[number % len(COLOURS)]
    parts = []
    path = " ".join(f"{x.at(p[0]):.1f},{y.at(p[1]):.1f}" for p in line)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for place, middle, low, high in line:
        at = x.at(place)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y.at(low):.1f}" y2="{y.at(high):.1f}" stroke="{colour}"/>'
            f'<circle cx="{at:.1f}" cy="{y.at(middle):.1f}" r="3.5" fill="{colour}">'
            f"<title>{html.escape(name)}: {middle:,.1f} ({low:,.1f} .. {high:,.1f}) at {place:,}</title></circle>"
        )
    legend = TOP + 8 + 18 * number
    left = WIDTH - RIGHT + 14
    parts.append(f'<rect x="{left}" y="{legend - 8}" width="12" height="4" fill="{colour}"/>')
    parts.append(f'<text x="{left + 18}" y="{legend - 2}">{html.escape(name)}</text>')
    return parts


def page(title, blocks):
    """An HTML page. `blocks`: SVG as it is, anything else as text with its columns kept."""
    body = "\n".join(
        f"<div>{block}</div>" if block.startswith("<svg") else f"<pre>{html.escape(block)}</pre>"
        for block in blocks
        if block
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        "<style>body{font-family:sans-serif;margin:2em;max-width:110em}pre{overflow-x:auto;font-size:12px}"
        "div{display:inline-block;margin:0 1em 1em 0}</style></head>"
        f"<body><h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n"
    )
