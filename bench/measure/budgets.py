"""The budgets of the design (DESIGN §9), each against what was measured. A row without measurements says so."""

from .failover import CLIENTS
from .results import median, number, table
from .work import cell

MET, MISSED, UNKNOWN = "met", "NOT MET", "not measured"
MEMORY_BEYOND_CACHES_MIB = 300

# the work that the budgets need, by section
NEEDED = {
    "one": [cell("SET", 50), cell("GET", 50), cell("GET", 50, 16)],
    "three": [cell("SET", 1), cell("SET", 50), cell("SET", 64), cell("GET", 64)],
}


def rows(results, outages, sizes):
    """Lists of: what, target, measured, verdict."""
    return (
        list(_against_etcd(results, "etcd-3", ""))
        + list(_against_etcd(results, "etcd-3-shared", " (its clients sharing 4 connections)"))
        + list(_against_redis(results))
        + [_failover(outages)]
        + list(_size(results, sizes))
    )


def _against_etcd(results, etcd, note):
    put, get = cell("SET", 64), cell("GET", 64)
    yield _times(results, "three", put, etcd, f"durable writes, 3 nodes, 64 clients: etcd's puts/s{note}", 5)
    yield _at_most(results, put, etcd, f"… p99 beside etcd's{note}", "p99_us", 0.5)
    yield _times(results, "three", get, etcd, f"linearizable reads, 3 nodes, 64 clients: etcd's{note}", 8)
    if not note:
        what = "one client, sequential durable writes, 3 nodes: p50 beside etcd's"
        yield _at_most(results, cell("SET", 1), etcd, what, "p50_us", 0.8)


def _against_redis(results):
    wait = "durable writes, 3 nodes, 50 clients: Redis + 2 replicas, always, WAIT 1"
    yield _times(results, "three", cell("SET", 50), "redis-3-wait1", wait, 2)
    always = "one node, fsync on every acknowledged write, 50 clients: Redis always"
    yield _times(results, "one", cell("SET", 50), "redis-always", always, 1.2)
    yield _times(results, "one", cell("GET", 50), "redis-no", "one node, GET, 50 clients: Redis", 1.1)
    yield _times(results, "one", cell("GET", 50, 16), "redis-no", "one node, GET, 50 clients, pipeline 16: Redis", 0.8)


def _times(results, section, one, other, what, target):
    ratios, ratio = _ratio(results, section, one, other, "per_second")
    return _row(what, f"≥ {target} ×", ratios, ratio, lambda r: r >= target)


def _at_most(results, one, other, what, field, target):
    ratios, ratio = _ratio(results, "three", one, other, field)
    return _row(what, f"≤ {target} ×", ratios, ratio, lambda r: r <= target)


def _ratio(results, section, one, other, field):
    """The ratios of the rounds, and that of the medians; kvstore's figure above the line."""
    ours = results.find(section, one, "kvstore-1" if section == "one" else "kvstore-3")
    theirs = results.find(section, one, other)
    if not ours or not theirs or not theirs.median(field):
        return [], None
    ratios = [a / b for a, b in zip(ours.all(field), theirs.all(field)) if b]
    return ratios, ours.median(field) / theirs.median(field)


def _row(what, target, ratios, ratio, met):
    if ratio is None:
        return [what, target, "-", UNKNOWN]
    measured = f"{number(ratio)} × ({number(min(ratios))} .. {number(max(ratios))})"
    return [what, target, measured, MET if met(ratio) else MISSED]


def _failover(outages):
    found = [one["outage_ms"] for one in outages.get("kvstore-3", [])]
    what = f"leader killed with -9 under load ({CLIENTS} clients): writes again"
    if not found:
        return [what, "< 1 s", "-", UNKNOWN]
    measured = f"{median(found) / 1000:.2f} s ({min(found) / 1000:.2f} .. {max(found) / 1000:.2f})"
    return [what, "< 1 s", measured, MET if median(found) < 1000 else MISSED]


def _size(results, sizes):
    many = sizes.get("keys", 10_000_000)
    for op in ("SET", "GET"):
        few = results.find("size", cell(op, 64), "kvstore-1")
        large = results.find("size", cell(op, 64, keys=many), "kvstore-1")
        what = f"{many:,} keys against 100,000: {op}"
        if not few or not large:
            yield [what, "≥ 0.8 ×", "-", UNKNOWN]
            continue
        ratios = [a / b for a, b in zip(large.all("per_second"), few.all("per_second"))]
        ratio = large.median("per_second") / few.median("per_second")
        yield _row(what, "≥ 0.8 ×", ratios, ratio, lambda r: r >= 0.8)
    yield from _restart_and_memory(many, sizes.get("kvstore-1"))


def _restart_and_memory(many, found):
    restart = f"{many:,} keys: restart to serving"
    memory = f"{many:,} keys: resident memory"
    if not found:
        yield [restart, "< 5 s", "-", UNKNOWN]
        yield [memory, "≤ heap + caches + 300 MiB", "-", UNKNOWN]
        return
    for how in ("stop", "kill"):
        times = found[f"restart_after_{how}_s"]
        measured = f"{median(times):.2f} s ({min(times):.2f} .. {max(times):.2f})"
        yield [f"{restart} after a {how}", "< 5 s", measured, MET if median(times) < 5 else MISSED]
    limit = found["heap_mib"] + found["caches_mib"] + MEMORY_BEYOND_CACHES_MIB
    target = f"≤ {found['heap_mib']:.0f} + {found['caches_mib']:.0f} + {MEMORY_BEYOND_CACHES_MIB} MiB"
    yield [memory, target, f"{found['peak_mib']:.0f} MiB (peak)", MET if found["peak_mib"] <= limit else MISSED]


def budget_table(lines):
    return table(["budget", "target", "measured (rounds)", "verdict"], lines, left=1)
