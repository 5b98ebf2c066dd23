"""What many keys cost: loading them, throughput against few keys, memory, disk, restarts."""

import os
import time

from . import machine
from .machine import await_idle, resident_bytes, say
from .systems import Kvstore, Redis, answers
from .work import cell

FEW = 100_000
OPS = ("SET", "GET")


def size(bench, results, many):
    """Fills two stores of each kind with few and many keys, and compares them."""
    kinds = {
        "kvstore-1": lambda name: Kvstore(bench.processes, 1, name),
        "redis-always": lambda name: Redis(bench.processes, "always", name),
    }
    found = {}
    for kind, make in kinds.items():
        few, large = make(kind + "-few"), make(kind + "-many")
        few.start()
        bench.heat([few])
        large.start()
        say(f"  {kind}: loading {many:,} keys")
        report = bench.fill(large, many)
        await_idle(large.pids(), seconds=120)
        found[kind] = {"load_seconds": report["seconds"], "load_per_second": report["per_second"]}
        bench.warm(large, many)
        _against_each_other(bench, results, few, large, many)
        found[kind].update(_footprint(large, kind))
        few.stop()
        found[kind].update(_restarts(bench, large, many))
        large.stop()
        say(f"  {kind}: {found[kind]}")
    return found


def _against_each_other(bench, results, few, large, many):
    for op in OPS:
        for turn in range(bench.rounds):
            pair = [(few, FEW), (large, many)]
            for system, keys in pair if turn % 2 == 0 else reversed(pair):
                await_idle(few.pids() + large.pids(), seconds=60)
                one = cell(op, 64, keys=keys)
                results.add("size", one, system.name.rpartition("-")[0], bench.measure(system, one))


def _footprint(system, kind):
    pids = system.pids()
    found = {"resident_mib": resident_bytes(pids) / 2**20, "peak_mib": resident_bytes(pids, "VmHWM") / 2**20}
    if isinstance(system, Kvstore):
        heap, caches = system.memory_limits()
        found.update(heap_mib=heap / 2**20, caches_mib=caches / 2**20)
    found["disk_mib"] = sum(map(_folder_bytes, system.folders)) / 2**20
    return found


def _folder_bytes(folder):
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(base, name)).st_blocks * 512
            except OSError:
                pass
    return total


def _restarts(bench, system, many):
    """Seconds from the start of the command to the first answer to a GET of a known key."""
    found = {"restart_after_stop_s": [], "restart_after_kill_s": []}
    for _ in range(bench.rounds):
        for how, end in (("stop", bench.processes.stop), ("kill", bench.processes.kill)):
            end(system.nodes[0])
            began = time.monotonic()
            system.spawn()
            port = system.targets(cell("GET", 1))[0] if isinstance(system, Redis) else system.ports[0]
            key = f"key:{many // 2:012d}"
            machine.await_condition(
                f"answer GET {key}",
                lambda: len(answers(port, "GET", key) or b"") == 128,
                bench.processes,
                system.nodes[0],
                system.name,
                600,
            )
            found[f"restart_after_{how}_s"].append(time.monotonic() - began)
            if how == "stop":  # something in the log that a snapshot does not hold
                bench.measure(system, cell("SET", 16, keys=many))
    return found
