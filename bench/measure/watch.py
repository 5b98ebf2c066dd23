"""Watches the machine beside a measurement: when a processor or the disk stood still, how fast it computed, and what of it was
left over. One thread on each processor, ahead of all others there (SCHED_FIFO) where that is allowed, so that what holds it up
is the machine, or the kernel, which no thread gets ahead of."""

import hashlib
import os
import threading
import time

from .machine import busy_seconds
from .results import mean, median

SECOND_NS = 1_000_000_000
PERIOD_NS = 5_000_000
LATE_NS = 1_000_000
WORK_EVERY = 40  # periods
ROUNDS = 4_000  # of the fixed work; some 1.5 ms, so that it matters little what others left in the caches
READS, WRITES, SECTORS_WRITTEN, UNDER_WAY = 0, 4, 6, 8  # in the kernel's account of a block device
SECTOR_BYTES = 512
BUSY_EVERY_S = 0.1


class MachineWatch:
    def __init__(self, folder):
        """Of all processors that this process may use, and of the disk that `folder` lies on."""
        self._stopping = threading.Event()
        self._ahead = True  # of all others on each processor, so that what is late is the machine
        self._late = []  # (when, ns late)
        self._works = []  # (when, ns of processor time for the fixed work)
        self._idle = []  # (when, ns in which the disk completed nothing of what it had to do)
        self._written = []  # (when, bytes since the one before)
        self._left = []  # (when, share of all processors that nobody used since the one before)
        self._disk = account_of(folder)
        self._threads = [threading.Thread(target=self._watch, args=[cpu]) for cpu in sorted(os.sched_getaffinity(0))]
        self._threads.append(threading.Thread(target=self._watch_busy))
        if self._disk:
            self._threads.append(threading.Thread(target=self._watch_disk))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _get_ahead(self, processors):
        try:
            os.sched_setaffinity(0, processors)
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            self._ahead = False

    def _watch(self, cpu):
        self._get_ahead([cpu])
        due = time.monotonic_ns()
        turn = 0
        while not self._stopping.is_set():
            due += PERIOD_NS
            time.sleep(max(0, due - time.monotonic_ns()) / SECOND_NS)
            now = time.monotonic_ns()
            if now - due > LATE_NS:
                self._late.append((now, now - due))
                due = now
            turn += 1
            if turn % WORK_EVERY == 0:
                before = time.thread_time_ns()
                hashlib.pbkdf2_hmac("sha256", b"fixed", b"work", ROUNDS)
                self._works.append((now, time.thread_time_ns() - before))

    def _watch_busy(self):
        busy, at = busy_seconds(), time.monotonic_ns()
        while not self._stopping.wait(BUSY_EVERY_S):
            busy_before, before = busy, at
            busy, at = busy_seconds(), time.monotonic_ns()
            offered = (at - before) / SECOND_NS * os.cpu_count()
            self._left.append((at, max(0, 1 - (busy - busy_before) / offered)))

    def _watch_disk(self):
        self._get_ahead(os.sched_getaffinity(0))
        completed, since, written = None, 0, None
        while not self._stopping.is_set():
            time.sleep(PERIOD_NS / SECOND_NS)
            now = time.monotonic_ns()
            with open(self._disk) as account:
                counts = account.read().split()
            done = (counts[READS], counts[WRITES])
            sectors = int(counts[SECTORS_WRITTEN])
            if written is not None and sectors != written:
                self._written.append((now, (sectors - written) * SECTOR_BYTES))
            written = sectors
            if done == completed and counts[UNDER_WAY] != "0":
                if now - since > 2 * PERIOD_NS:
                    self._idle.append((now, now - since))
            else:
                completed, since = done, now

    def seconds(self, begin_ns, seconds):
        """For each second from `begin_ns` on: the longest time that a processor stood still, and the disk, in ms, what the disk
        took, in bytes, or None if that cannot be told; how long the fixed work took, as a multiple of what it usually took in these
        seconds; and the share of all processors that was left over, or None if it was not looked at."""
        still = longest(self._late, begin_ns, seconds) if self._ahead else [None] * seconds
        disk = longest(self._idle, begin_ns, seconds) if self._disk and self._ahead else [None] * seconds
        works = [mean(one) for one in by_second(self._works, begin_ns, seconds)]
        usual = median(works)
        slowness = [work / usual if work else None for work in works]
        written = [sum(one) if self._disk else None for one in by_second(self._written, begin_ns, seconds)]
        left = [mean(one) for one in by_second(self._left, begin_ns, seconds)]
        names = ("processor_still_ms", "disk_still_ms", "disk_written_bytes", "slowness", "left_over")
        return [dict(zip(names, second)) for second in zip(still, disk, written, slowness, left)]

    def work_us(self, begin_ns, seconds):
        """How long the fixed work took in these seconds, on average, in µs: if it takes no longer under more load, then it is not
        the load that makes it slow."""
        end_ns = begin_ns + seconds * SECOND_NS
        told = mean([took for when, took in self._works if begin_ns <= when < end_ns])
        return None if told is None else told / 1000


def by_second(values, begin_ns, seconds):
    found = [[] for _ in range(seconds)]
    for when, value in values:
        second = (when - begin_ns) // SECOND_NS
        if 0 <= second < seconds:
            found[second].append(value)
    return found


def longest(times, begin_ns, seconds):
    found = [0.0] * seconds
    for when, took in times:
        for second in range((when - took - begin_ns) // SECOND_NS, (when - begin_ns) // SECOND_NS + 1):
            if 0 <= second < seconds:
                found[second] = max(found[second], took / 1e6)
    return found


def account_of(folder):
    """The kernel's account of the device that a folder lies on, or None if there is none."""
    device = os.stat(folder).st_dev
    path = f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat"
    return path if os.path.exists(path) else None
