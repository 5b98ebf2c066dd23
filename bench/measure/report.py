"""Where a script's findings go: text on standard output, and JSON, text and a page with plots in a folder."""

import datetime
import json
import os
import shlex
import sys

from . import chart
from .machine import ROOT, say


class Report:
    """Gathers text and plots of one run. Printed as they come; written at the end."""

    def __init__(self, name, folder, described):
        stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        self.folder = os.path.realpath(folder or os.path.join(ROOT, "target/bench"))
        self.base = os.path.join(self.folder, f"{name}-{stamp}")
        self.command = "bench/" + " ".join([name] + [shlex.quote(word) for word in sys.argv[1:]])
        self.described = described
        self.blocks = []
        machine = [f"- {key.replace('_', ' ')}: {value}" for key, value in described.items()]
        self.text([f"# {self.command}", ""] + machine)

    def text(self, lines):
        block = "\n".join(lines)
        print(block + "\n", flush=True)
        self.blocks.append(block)

    def plot(self, svg):
        if svg:
            self.blocks.append(svg)

    def write(self, data):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.base + ".json", "w") as file:
            json.dump({"command": self.command, "machine": self.described, **data}, file, indent=1)
        with open(self.base + ".md", "w") as file:
            file.write("\n\n".join(block for block in self.blocks if not block.startswith("<svg")) + "\n")
        with open(self.base + ".html", "w") as file:
            file.write(chart.page(self.command, self.blocks))
        say(f"written: {self.base}.json, .md, .html")


def plots_by_clients(results, section):
    """Throughput and p99 against clients, for each kind of work of the section."""
    kinds = {}
    for one, systems in results.sections.get(section, {}).items():
        kind = one._replace(clients=0)
        for name in systems:
            found = results.find(section, one, name)
            kinds.setdefault(kind, {}).setdefault(name, []).append((one.clients, found))
    for kind, systems in kinds.items():
        if max(len(line) for line in systems.values()) < 2:
            continue
        title = kind._replace(clients=2).title().replace(", 2 clients", "")
        for field, words, scale in (("per_second", "ops/s", 1), ("p99_us", "p99, ms", 1000)):
            series = {}
            for name, line in systems.items():
                series[name] = sorted(
                    (clients, m.median(field) / scale, min(m.all(field)) / scale, max(m.all(field)) / scale)
                    for clients, m in line
                )
            yield chart.lines(f"{section}: {title}", "clients", words, series)
