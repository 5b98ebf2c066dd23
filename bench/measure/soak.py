"""Clients that know what they wrote, gaps between successes, and whether memory grows."""

import bisect
import socket
import threading
import time

from .machine import Failure
from .systems import _reply, ask

CERTAIN = ("TRYAGAIN", "CLUSTERDOWN", "OOM", "NOSPACE", "IOERR")
LEAST_AGE = 10  # seconds: a node that has just started grows, whatever it does later
LEAST_SAMPLES = 8
PATIENCE = 5


class Tally:
    """What became of all operations. Any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self.ok = self.failed = self.unknown = self.wrong = 0
        self._writes = []  # when each was acknowledged

    def count(self, outcome, wrong=False):
        with self._lock:
            setattr(self, outcome, getattr(self, outcome) + 1)
            self.wrong += wrong

    def acknowledged(self):
        with self._lock:
            self.ok += 1
            self._writes.append(time.monotonic())

    def longest_gap(self, began, ended):
        """The longest time without an acknowledged write, reaching into [began, ended]."""
        with self._lock:
            first = max(0, bisect.bisect_left(self._writes, began) - 1)
            times = [t for t in self._writes[first:] if t <= ended]
        times = [min(times[0], began) if times else began] + times[1:] + [ended]
        return max(later - earlier for earlier, later in zip(times, times[1:]))


class Client(threading.Thread):
    """Writes keys of its own, one at a time, and reads some of them; a thread each."""

    def __init__(self, number, ports, keys, tally, stop):
        super().__init__(name=f"soak-{number}", daemon=True)
        self.number, self.ports, self.keys, self.tally, self.stop = number, ports, keys, tally, stop
        self.acknowledged = {}  # key: the last value that was acknowledged
        self.perhaps = {}  # key: values of unknown outcome; such a write may take effect later than the next one
        self._turn = number
        self._connection = None

    def run(self):
        sequence = 0
        while not self.stop.is_set():
            key = f"soak:{self.number}:{(sequence * 7919) % self.keys}"
            if sequence % 4 == 3:
                self._read(key)
            else:
                self._write(key, f"{self.number}-{sequence}-" + "x" * 100)
            sequence += 1
        self._drop()

    def allowed(self, key):
        return [self.acknowledged.get(key)] + self.perhaps.get(key, [])

    def _write(self, key, value):
        # before it is sent: whatever happens, it may be there
        self.perhaps.setdefault(key, []).append(value)
        try:
            reply = self._call("SET", key, value)
        except Failure as failure:
            if str(failure).split(" ")[0] in CERTAIN:
                self.perhaps[key].remove(value)
                self.tally.count("failed")
                self._pause()
            else:
                self.tally.count("unknown")
            return
        except OSError:
            self._broken()
            return
        if reply != b"OK":
            self.tally.count("unknown", wrong=True)
            return
        self.perhaps[key].remove(value)
        self.acknowledged[key] = value
        self.tally.acknowledged()

    def _read(self, key):
        try:
            value = self._call("GET", key)
        except Failure:
            self.tally.count("failed")
            self._pause()
            return
        except OSError:
            self._broken()
            return
        value = None if value is None else value.decode()
        self.tally.count("ok", wrong=value not in self.allowed(key))

    def _call(self, *words):
        if self._connection is None:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            self._connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            self._stream = self._connection.makefile("rb")
        request = b"*%d\r\n" % len(words)
        for word in words:
            word = word.encode()
            request += b"$%d\r\n%s\r\n" % (len(word), word)
        self._connection.sendall(request)
        return _reply(self._stream)

    def _broken(self):
        self.tally.count("unknown")
        self._drop()
        self._pause()

    def _pause(self):
        self.stop.wait(0.01)  # a node that is down refuses at once

    def _drop(self):
        if self._connection is not None:
            self._stream.close()
            self._connection.close()
            self._connection = None


def audit(clients, ports):
    """Reads every key through some node; the lines of those that hold what they must not."""
    wrong = []
    for client in clients:
        for number, key in enumerate(sorted(set(client.acknowledged) | set(client.perhaps))):
            value = ask(ports[number % len(ports)], "GET", key)
            value = None if value is None else value.decode()
            if value not in client.allowed(key):
                wrong.append(f"{key} holds {value!r:.40}, but {client.acknowledged.get(key)!r:.40} was acknowledged")
    return wrong


class Samples:
    """Memory of one node over time, through restarts."""

    def __init__(self):
        self._all = []  # (time, age of the process, resident, heap or None), MiB
        self._started = 0.0

    def restart(self):
        self._started = None  # with the next sample

    def add(self, at, resident, heap):
        if self._started is None:
            self._started = at
        self._all.append((at, at - self._started, resident / 2**20, None if heap is None else heap / 2**20))

    def eighths(self, took, what):
        column = {"resident": 2, "heap": 3}[what]
        parts = [[] for _ in range(8)]
        for sample in self._all:
            if sample[column] is not None:
                parts[min(7, int(sample[0] / took * 8))].append(sample[column])
        return [_median(part) if part else float("nan") for part in parts]

    def trend(self):
        """Percent of its mean by which resident memory grows over the run, and MiB a second. A process that lives on
        grows at first by itself, so each sample is taken against the mean of its age, then a line is laid through."""
        grown = [(at, int(age // LEAST_AGE), resident) for at, age, resident, _ in self._all if age >= LEAST_AGE]
        by_age = {}
        for at, age, resident in grown:
            by_age.setdefault(age, []).append((at, resident))
        points, total = [], []
        for same in by_age.values():
            mean_at = sum(at for at, _ in same) / len(same)
            mean = sum(resident for _, resident in same) / len(same)
            points += [(at - mean_at, resident - mean) for at, resident in same]
            total += [resident for _, resident in same]
        squares = sum(x * x for x, _ in points)
        if len(points) < LEAST_SAMPLES or squares == 0:
            return None
        slope = sum(x * y for x, y in points) / squares
        span = max(at for at, _, _ in grown) - min(at for at, _, _ in grown)
        return slope * span / (sum(total) / len(total)) * 100, slope


def _median(values):
    return sorted(values)[len(values) // 2]
