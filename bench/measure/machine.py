"""Processes, ports, folders, and what /proc says. Whatever is started here ends with the script, however that ends."""

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Failure(Exception):
    """Something that the user should read; no stack trace needed."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def _die_with_parent():
    # even if this script is killed with -9, no server stays behind
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """Children and the temporary folder of one run. A context manager: leaving it stops and removes all of them."""

    def __init__(self, parent_folder):
        self._running = []
        self.folder = tempfile.mkdtemp(prefix="kvstore-bench-", dir=parent_folder)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)  # Ctrl-C too: a shell starts what it puts in the background without it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them
        for child in self._running:
            child.terminate()
        for child in list(self._running):
            self.stop(child)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, command, **options):
        """Starts a command whose output goes to a log in the folder; its own session, so that Ctrl-C is ours alone."""
        log = open(self.path(name + ".log"), "ab")
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", log)
        child = subprocess.Popen(
            command, stderr=log, preexec_fn=_die_with_parent, start_new_session=True, cwd=self.folder, **options
        )
        log.close()
        self._running.append(child)
        return child

    def stop(self, child, patience=20):
        """Asks the process to end, and kills it if it does not."""
        child.terminate()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            say(f"process {child.pid} did not stop in {patience} s: killed")
            child.kill()
            child.wait()
        self._forget(child)

    def kill(self, child):
        child.kill()
        child.wait()
        self._forget(child)

    def _forget(self, child):
        if child in self._running:
            self._running.remove(child)

    def log_tail(self, name, lines=15):
        try:
            with open(self.path(name + ".log"), errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""


def _interrupt(number, _frame):
    raise KeyboardInterrupt(signal.Signals(number).name)


def await_condition(what, condition, processes, child, name, seconds=60):
    """Waits until the condition holds; fails with the log's end if the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        if child.poll() is not None:
            break
        time.sleep(0.02)
    state = f"it ended with code {child.poll()}" if child.poll() is not None else f"not within {seconds} s"
    raise Failure(f"expected {name} to {what}, but {state}; its log ends:\n{processes.log_tail(name)}")


def free_port(offsets=(0,)):
    """A port that is free on loopback, at all the offsets, below the range of outgoing connections."""
    for _ in range(2000):
        base = random.randint(10500, 12500)
        if all(_is_free(base + offset) for offset in offsets):
            return base
    raise Failure("found no free port between 10500 and 12500")


def _is_free(port):
    with socket.socket() as probe:
        # as servers do: a connection of an earlier run that lingers is no obstacle
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICKS


def busy_seconds():
    """Processor time that everything on the machine has used, and that its host took from it."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:9]]
    idle, waiting = fields[3:5]
    return (sum(fields) - idle - waiting) / TICKS


def resident_bytes(pids, field="VmRSS"):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
    return total


def await_idle(pids, most=0.15, seconds=15):
    """Waits until the processes together use less than this share of a core: background work of one system must not
    be paid by the next. Returns the share last seen."""
    deadline = time.monotonic() + seconds
    while True:
        before, began = cpu_seconds(pids), time.monotonic()
        time.sleep(0.25)
        share = (cpu_seconds(pids) - before) / (time.monotonic() - began)
        if share <= most or time.monotonic() > deadline:
            return share


def fdatasyncs_per_second(folder, seconds=1.0):
    """4 KiB appended and synced, one after the other: what the disk allows a single writer."""
    path = os.path.join(folder, "fdatasync-probe")
    block = os.urandom(4096)
    count, began = 0, time.monotonic()
    with open(path, "wb", buffering=0) as probe:
        while time.monotonic() - began < seconds:
            probe.write(block)
            os.fdatasync(probe.fileno())
            count += 1
    os.unlink(path)
    return count / (time.monotonic() - began)


def data_folder(asked):
    """The folder for all data: the one asked for, or the system's temporary one; never memory, where fsync is free."""
    folder = os.path.realpath(asked or tempfile.gettempdir())
    kind = _file_system(folder)
    if kind in ("tmpfs", "ramfs"):
        raise Failure(f"expected a folder on a disk, but {folder} is {kind}, where fsync costs nothing; use --dir")
    return folder


def _file_system(folder):
    best, kind = "", "unknown"
    with open("/proc/mounts") as mounts:
        for line in mounts:
            point, name = line.split()[1:3]
            inside = folder == point or folder.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, name
    return kind


def _first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return (result.stdout or result.stderr).splitlines()[0].strip()
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "not found"


def describe(folder):
    """The machine and the versions, for the head of a report."""
    model = "unknown"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {
        "processors": os.cpu_count(),
        "model": model,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": os.uname().release,
        "file_system": _file_system(folder),
        "fdatasync_4k_per_second": round(fdatasyncs_per_second(folder)),
        "load_average_before": os.getloadavg()[0],
        "commit": _first_line("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "redis": _first_line("redis-server", "--version"),
        "etcd": _first_line("etcd", "--version"),
    }
