"""Watches the machine beside a measurement: when it stood still, and how fast it computed. One thread on each processor,
before all others there (SCHED_FIFO) where that is allowed, so that what holds it up is no other process, but the machine."""

import hashlib
import os
import threading
import time

from .results import median

SECOND_NS = 1_000_000_000
PERIOD_NS = 5_000_000
LATE_NS = 1_000_000
WORK_EVERY = 20  # periods
ROUNDS = 200  # of the fixed work; about a tenth of a millisecond


class MachineWatch:
    def __init__(self):
        self._stopping = threading.Event()
        self.ahead = True  # of all others on each processor, so that what is late is the machine
        self._late = []  # (when, ns late)
        self._works = []  # (when, ns of processor time for the fixed work)
        self._threads = [threading.Thread(target=self._watch, args=[cpu]) for cpu in sorted(os.sched_getaffinity(0))]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, cpu):
        try:
            os.sched_setaffinity(0, [cpu])
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            self.ahead = False
        due = time.monotonic_ns()
        turn = 0
        while not self._stopping.is_set():
            due += PERIOD_NS
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            now = time.monotonic_ns()
            if now - due > LATE_NS:
                self._late.append((now, now - due))
                due = now
            turn += 1
            if turn % WORK_EVERY == 0:
                before = time.thread_time_ns()
                hashlib.pbkdf2_hmac("sha256", b"fixed", b"work", ROUNDS)
                self._works.append((now, time.thread_time_ns() - before))

    def seconds(self, begin_ns, seconds):
        """For each second from `begin_ns` on: the longest time that a processor stood still, in ms, or None if that cannot be
        told; and how long the fixed work took, as a multiple of its median in these seconds."""
        still = [0.0] * seconds
        for when, by in self._late:
            for second in range((when - by - begin_ns) // SECOND_NS, (when - begin_ns) // SECOND_NS + 1):
                if 0 <= second < seconds:
                    still[second] = max(still[second], by / 1e6)
        works = [[] for _ in range(seconds)]
        for when, spent in self._works:
            second = (when - begin_ns) // SECOND_NS
            if 0 <= second < seconds:
                works[second].append(spent)
        works = [median(one) for one in works]  # one that was halted tells nothing of the speed
        usual = median(works)
        return [(still[i] if self.ahead else None, work / usual if work else None) for i, work in enumerate(works)]
