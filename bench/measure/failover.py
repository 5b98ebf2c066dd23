"""How long nobody can write when the leader is killed with -9 under load."""

import time

from .machine import Failure, say
from .work import cell

CLIENTS = 16
BEFORE, AFTER = 2.0, 8.0  # seconds of load around the kill


def failover(bench, systems, rounds):
    """Outages in milliseconds, by system, a list of rounds each."""
    outages = {system.name: [] for system in systems}
    for turn in range(rounds):
        for system in systems:
            outages[system.name].append(_one(bench, system))
            say(f"  round {turn + 1}, {system.name}: {outages[system.name][-1]['outage_ms']:.0f} ms")
    return outages


def _one(bench, system):
    work = cell("SET", CLIENTS, spread=True)
    words = bench.words(system, work, seconds=BEFORE + AFTER, settle=1, slot=0.1, timeout=5)
    words["pids"] = ""
    begun = bench.load.begin(**words) / 1e9
    leader = system.leader()
    _sleep_until(begun + BEFORE)
    killed = time.monotonic()
    system.kill(leader)
    report = bench.load.report()
    system.revive(leader)
    return {**report, "outage_ms": _outage(report["gaps"], (killed - begun) * 1000, system), "killed_ms": (killed - begun) * 1000}


def _outage(gaps, killed, system):
    """The longest time after the kill without any acknowledged write, by whichever client."""
    after = [length for begin, length in gaps if begin + length > killed]
    if not after:
        return 0.0
    if max(after) >= (AFTER - 0.1) * 1000:
        raise Failure(f"{system.name}: no write was acknowledged for {AFTER:.0f} s after its leader was killed")
    return max(after)


def _sleep_until(moment):
    time.sleep(max(0, moment - time.monotonic()))
