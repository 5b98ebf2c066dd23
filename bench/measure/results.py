"""Measurements, their medians, and tables of them."""

import statistics


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def mean(values):
    return statistics.fmean(values) if values else None


def number(value, digits=3):
    """A figure as a reader wants it: three digits, thousands separated."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits - 1 if abs(value) >= 1 else digits}g}" if abs(value) < 1 else f"{value:.{digits}g}"


def spread(values):
    return f"{number(min(values))} .. {number(max(values))}" if values else "-"


class Measured:
    """The rounds of one system at one cell of work."""

    def __init__(self, rounds):
        self.rounds = rounds

    def all(self, field):
        return [one[field] for one in self.rounds]

    def median(self, field):
        return median(self.all(field))

    def errors(self):
        total = {}
        for one in self.rounds:
            for kind, count in one["errors"].items():
                total[kind] = total.get(kind, 0) + count
        return total


def ratios(results, section, cell, mine, other, field):
    """Of a figure of one system to that of another, measured right after each other: one for each round."""
    both = results.find(section, cell, mine).all(field), results.find(section, cell, other).all(field)
    return [one / two for one, two in zip(*both) if one and two]


QUIET = 0.1  # of a core


def noise(results, section):
    """A line that says how much of the machine other processes took during the measurements."""
    shares = [
        one["others_cores"]
        for systems in results.sections.get(section, {}).values()
        for rounds in systems.values()
        for one in rounds
    ]
    if not shares:
        return ""
    text = f"Other processes took {median(shares):.2f} cores (median; {min(shares):.2f} .. {max(shares):.2f})."
    return text + (" Absolute figures are noise; only the ratios tell something." if median(shares) > QUIET else "")


class Results:
    """Everything measured: by section, cell and system, in the order of measuring."""

    def __init__(self):
        self.sections = {}

    def add(self, section, cell, system, report):
        cells = self.sections.setdefault(section, {})
        cells.setdefault(cell, {}).setdefault(system, []).append(report)

    def find(self, section, cell, system):
        """What was measured, or None."""
        rounds = self.sections.get(section, {}).get(cell, {}).get(system)
        return Measured(rounds) if rounds else None

    def json(self):
        return {
            section: [
                {"work": cell.title(), **cell._asdict(), "systems": systems} for cell, systems in cells.items()
            ]
            for section, cells in self.sections.items()
        }


def table(head, rows, left=1):
    """Lines of a table in Markdown, its columns aligned; the first `left` columns to the left."""
    widths = [max(len(str(row[i])) for row in [head] + rows) for i in range(len(head))]

    def line(row):
        cells = [str(c).ljust(w) if i < left else str(c).rjust(w) for i, (c, w) in enumerate(zip(row, widths))]
        return "| " + " | ".join(cells) + " |"

    rule = "| " + " | ".join("-" * w if i < left else "-" * (w - 1) + ":" for i, w in enumerate(widths)) + " |"
    return [line(head), rule] + [line(row) for row in rows]


HEAD = ["work", "system", "ops/s", "min .. max", "kvstore ×", "p50 ms", "p99 ms", "CPU µs/op", "load", "errors"]
BUSY = 0.9  # of a core: from here on the load client may be what limits


def section_table(results, section, ours):
    """The table of a section. `kvstore ×`: how many times the ops/s of that row the system called `ours` reached."""
    rows = []
    for cell, systems in results.sections.get(section, {}).items():
        reference = results.find(section, cell, ours)
        for name in systems:
            found = results.find(section, cell, name)
            rate = found.median("per_second")
            ratio = "" if name == ours or not reference or not rate else f"{reference.median('per_second') / rate:.2f}"
            busy = found.median("load_busy")
            errors = sum(found.errors().values())
            rows.append(
                [cell.title(), name, number(rate), spread(found.all("per_second")), ratio]
                + [number(found.median("p50_us") / 1000), number(found.median("p99_us") / 1000)]
                + [number(found.median("cpu_us")), f"{busy:.2f}" + ("!" if busy > BUSY else ""), errors or ""]
            )
    return table(HEAD, rows, left=2)
