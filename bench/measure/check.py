"""Whether the load client is good enough: its figures beside those of redis-benchmark, on the same Redis."""

import csv
import io
import shutil
import subprocess

from .machine import Failure, say
from .results import median, number, spread, table
from .systems import Redis
from .work import cell


def check(bench, page):
    """Measures with both in turn; the rows of the table."""
    if shutil.which("redis-benchmark") is None:
        raise Failure("expected Debian's redis-benchmark on the PATH (package redis-tools)")
    redis = Redis(bench.processes, "no", "redis-check")
    redis.start()
    say("check: the load client beside redis-benchmark")
    bench.heat([redis])
    rows = []
    for pipeline in (1, 16):
        for op in ("SET", "GET"):
            ours, theirs, busy, p99s = [], [], [], []
            for _ in range(bench.rounds):
                found = bench.measure(redis, cell(op, 50, pipeline))
                ours.append(found["per_second"])
                busy.append(found["load_busy"])
                p99s.append(found["p99_us"] / 1000)
                # about as long as ours, judging by ours
                theirs.append(_redis_benchmark(redis.port, op, pipeline, int(found["per_second"] * bench.seconds) + 1))
            rate, other = median(ours), median([one[0] for one in theirs])
            rows.append(
                [cell(op, 50, pipeline).title(), number(rate), spread(ours), number(other)]
                + [spread([one[0] for one in theirs]), f"{rate / other:.2f}", number(median(p99s))]
                + [number(median([one[1] for one in theirs])), f"{median(busy):.2f}"]
            )
    redis.stop()
    head = ["work", "our load, ops/s", "min .. max", "redis-benchmark", "min .. max", "ours ×"]
    page.text(
        ["## Section check: the load client beside redis-benchmark (redis-server, appendonly no)", ""]
        + table(head + ["p99 ms", "its p99 ms", "load"], rows)
    )
    return rows


def _redis_benchmark(port, op, pipeline, requests):
    command = ["redis-benchmark", "-p", str(port), "-t", op.lower(), "-c", "50", "-d", "128", "-r", "100000"]
    command += ["-P", str(pipeline), "-n", str(requests), "--csv"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    for row in csv.reader(io.StringIO(result.stdout)):
        if row and row[0] == op:
            return float(row[1]), float(row[6])
    raise Failure(f"redis-benchmark printed no line for {op}: {result.stdout}{result.stderr}")
