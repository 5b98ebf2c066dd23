"""What is measured: cells of work, and the sections that run them against several systems in turn."""

import collections
import time

from . import machine
from .machine import Failure, say

MOST_PASSES = 4

Cell = collections.namedtuple("Cell", "writes clients pipeline stale spread value keys")


def cell(op, clients, pipeline=1, stale=False, spread=False, value=128, keys=100_000):
    return Cell(op == "SET", clients, pipeline, stale, spread, value, keys)


def _title(self):
    text = f"{'SET' if self.writes else 'GET'}, {self.clients} client{'s' if self.clients > 1 else ''}"
    text += f", pipeline {self.pipeline}" if self.pipeline > 1 else ""
    text += ", stale" if self.stale else ""
    text += ", all nodes" if self.spread else ""
    text += f", {self.value:,} B" if self.value != 128 else ""
    return text + (f", {self.keys:,} keys" if self.keys != 100_000 else "")


Cell.title = _title


class Bench:
    """The load client and how long it measures."""

    def __init__(self, processes, load, options):
        self.processes = processes
        self.load = load
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.settle = options.settle
        self.warm_up = options.warm_up

    def fill(self, system, keys, value=128, clients=64):
        """Writes every key once; the report of the load client. What a busy machine made fail is written again."""
        one = cell("SET", clients, 1 if not system.pipelines else 16, value=value, keys=keys)
        for _ in range(MOST_PASSES):
            report = self.load.run(**self.words(system, one, requests=keys, timeout=60))
            if not report["errors"]:
                return report
            say(f"  {system.name}: filling met errors {report['errors']}, once more")
            one = one._replace(clients=max(1, one.clients // 4))
        raise Failure(f"{system.name}: {MOST_PASSES} times filled with {keys} keys, and each time with errors")

    def heat(self, systems, keys=100_000):
        """Fills each system and lets it work, unmeasured, until it runs as it will."""
        for system in systems:
            say(f"  {system.name}: filling and warming up")
            self.fill(system, keys)
            self.warm(system, keys)

    def warm(self, system, keys):
        for op in ("SET", "GET"):
            for pipeline in (1, 16):
                one = cell(op, 64, pipeline, keys=keys)
                if system.takes(one):
                    self.load.run(**self.words(system, one, seconds=self.warm_up / 4, settle=0))

    def practise(self, system, one):
        """Lets a system do this kind of work, unmeasured: the JVM compiles what is used anew, above all by one client."""
        self.load.run(**self.words(system, one, seconds=self.warm_up / 2, settle=0))

    def compare(self, results, section, cells, systems):
        """Each cell against all systems, round by round, each round beginning with another system."""
        pids = [pid for system in systems for pid in system.pids()]
        for one in cells:
            taking = [system for system in systems if system.takes(one)]
            for system in taking:
                self.practise(system, one)
            for turn in range(self.rounds):
                for place in range(len(taking)):
                    system = taking[(turn + place) % len(taking)]
                    machine.await_idle(pids)
                    report = self.measure(system, one)
                    results.add(section, one, system.name, report)
            told = "  ".join(
                f"{s.name} {results.find(section, one, s.name).median('per_second'):,.0f}" for s in taking
            )
            say(f"  {one.title()}: {told}")

    def measure(self, system, one, **more):
        """One measurement, with the processor time that anything else on the machine took meanwhile."""
        mine = system.pids() + [self.load.pid()]
        before, began = machine.busy_seconds() - machine.cpu_seconds(mine), time.monotonic()
        report = self.load.run(**self.words(system, one, **{"seconds": self.seconds, "settle": self.settle, **more}))
        others = machine.busy_seconds() - machine.cpu_seconds(mine) - before
        report["others_cores"] = max(0, others / (time.monotonic() - began))
        return report

    @staticmethod
    def words(system, one, **more):
        words = {"clients": one.clients, "pipeline": one.pipeline, "writes": 100 if one.writes else 0}
        words.update(keys=one.keys, value=one.value)
        words.update(system.words(one))
        words.update(more)
        return words
