"""The systems that are compared, each started as its users would start it, on loopback."""

import json
import os
import shutil
import socket
import tempfile
import time
import urllib.request

from .machine import ROOT, Failure, await_condition, free_port

SHARED_CONNECTIONS = 4
OUT_OF_REACH = 1 << 50  # bytes: no shard here gets so large


def ask(port, *words, timeout=5):
    """One command, and its reply as bytes, an int, None or a list; OSError if there is none, Failure for an error."""
    request = b"*%d\r\n" % len(words)
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        request += b"$%d\r\n%s\r\n" % (len(word), word)
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            return _reply(stream)


def _reply(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise OSError("the connection was closed")
    kind, text = line[:1], line[1:-2]
    if kind == b"-":
        raise Failure(text.decode(errors="replace"))
    if kind == b":":
        return int(text)
    if kind == b"$":
        return None if text == b"-1" else stream.read(int(text) + 2)[:-2]
    if kind == b"*":
        return [_reply(stream) for _ in range(int(text))]
    return text


def answers(port, *words):
    try:
        return ask(port, *words)
    except (OSError, Failure):
        return None


class System:
    """Some processes that together are one system. `words` says how the load reaches it."""

    protocol = "resp"
    pipelines = True

    def __init__(self, name, processes):
        self.name = name
        self.processes = processes
        self.nodes = []
        self.folders = []

    def pids(self):
        return [node.pid for node in self.nodes]

    def targets(self, cell):
        raise NotImplementedError

    def words(self, cell):
        ports = ",".join(f"127.0.0.1:{port}" for port in self.targets(cell))
        return {"protocol": self.protocol, "targets": ports, "pids": ",".join(map(str, self.pids()))}

    def takes(self, cell):
        return cell.pipeline == 1 or self.pipelines

    def stop(self):
        """Stops it and removes its data."""
        for node in list(self.nodes):
            self.processes.stop(node)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        self.nodes, self.folders = [], []

    def _new_folder(self, name):
        # of its own for each start: a later section may start a system of the same name
        self.folders.append(tempfile.mkdtemp(prefix=name + "-", dir=self.processes.folder))
        return self.folders[-1]


class Redis(System):
    """One redis-server; `persistence` is no, everysec or always."""

    def __init__(self, processes, persistence, name=None):
        super().__init__(name or "redis-" + persistence, processes)
        self.persistence = persistence
        self.port = None

    def start(self, replica_of=None):
        if shutil.which("redis-server") is None:
            raise Failure("expected Debian's redis-server on the PATH (package redis-server)")
        self.port = free_port()
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", self._new_folder(self.name), "--appendonly"]
        command += ["no"] if self.persistence == "no" else ["yes", "--appendfsync", self.persistence]
        if replica_of:
            command += ["--replicaof", f"127.0.0.1 {replica_of}"]
        self.command = command
        self.spawn()
        serving = lambda: answers(self.port, "PING") == b"PONG"  # noqa: E731
        await_condition("answer PING", serving, self.processes, self.nodes[0], self.name)

    def spawn(self):
        """Starts the process on the data it has, and does not wait."""
        self.nodes = [self.processes.start(self.name, self.command)]

    def targets(self, cell):
        return [self.port]


class RedisReplicated(System):
    """A primary and two replicas, all `appendfsync always`; writes are followed by WAIT 1."""

    def __init__(self, processes, name="redis-3-wait1"):
        super().__init__(name, processes)
        self.parts = [Redis(processes, "always", f"{name}-{part}") for part in ("primary", "replica1", "replica2")]

    def start(self):
        primary, *replicas = self.parts
        primary.start()
        for replica in replicas:
            replica.start(replica_of=primary.port)
        self.nodes = [part.nodes[0] for part in self.parts]
        self.folders = [folder for part in self.parts for folder in part.folders]

        def linked():
            return all(b"master_link_status:up" in (answers(r.port, "INFO", "replication") or b"") for r in replicas)

        await_condition("link its replicas", linked, self.processes, self.nodes[0], primary.name)

    def targets(self, cell):
        return [part.port for part in self.parts] if cell.stale else [self.parts[0].port]

    def words(self, cell):
        return {**super().words(cell), "wait": 1 if cell.writes else 0}


class Etcd(System):
    """etcd with a connection for each client, as all the others have."""

    protocol = "etcd"
    pipelines = False

    def __init__(self, processes, size=3, name=None):
        super().__init__(name or f"etcd-{size}", processes)
        self.size = size
        self.ports = []

    def start(self):
        if shutil.which("etcd") is None:
            raise Failure("expected Debian's etcd on the PATH (package etcd-server)")
        self.ports = [free_port((0, 10000)) for _ in range(self.size)]
        while len(set(self.ports)) < self.size:
            self.ports = [free_port((0, 10000)) for _ in range(self.size)]
        cluster = ",".join(f"e{n}=http://127.0.0.1:{p + 10000}" for n, p in enumerate(self.ports))
        self.commands = []
        for number, port in enumerate(self.ports):
            client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 10000}"
            self.commands.append(
                ["etcd", "--name", f"e{number}", "--data-dir", self._new_folder(f"{self.name}-{number}")]
                + ["--listen-client-urls", client, "--advertise-client-urls", client]
                + ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
                + ["--initial-cluster", cluster, "--initial-cluster-state", "new"]
                + ["--quota-backend-bytes", str(8 << 30), "--log-level", "error", "--logger", "zap"]
            )
        self.nodes = [self._start_node(number) for number in range(self.size)]
        for number in range(self.size):
            self._await_node(number)

    def _start_node(self, number):
        return self.processes.start(f"{self.name}-{number}", self.commands[number])

    def _await_node(self, number):
        name = f"{self.name}-{number}"
        healthy = lambda: self._status(number).get("leader", "0") != "0"  # noqa: E731
        await_condition("know a leader", healthy, self.processes, self.nodes[number], name)

    def _status(self, number):
        url = f"http://127.0.0.1:{self.ports[number]}/v3/maintenance/status"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def leader(self):
        """The number of the node that leads."""
        for _ in range(100):
            for number in range(self.size):
                status = self._status(number)
                if status and status.get("leader") == status["header"]["member_id"]:
                    return number
            time.sleep(0.1)
        raise Failure(f"{self.name}: no node says that it leads")

    def targets(self, cell):
        return self.ports if cell.stale or cell.spread else [self.ports[self.leader()]]

    def words(self, cell):
        return {**super().words(cell), "serializable": 1 if cell.stale else 0}

    def kill(self, number):
        self.processes.kill(self.nodes[number])

    def revive(self, number):
        self.nodes[number] = self._start_node(number)
        self._await_node(number)


class EtcdShared(System):
    """The same etcd, its clients sharing four connections, which suits it best."""

    protocol = "etcd"
    pipelines = False

    def __init__(self, etcd):
        super().__init__(etcd.name + "-shared", etcd.processes)
        self.etcd = etcd

    def start(self):
        self.nodes = []

    def pids(self):
        return self.etcd.pids()

    def words(self, cell):
        return {**self.etcd.words(cell), "connections": SHARED_CONNECTIONS}

    def takes(self, cell):
        return cell.pipeline == 1 and cell.clients > SHARED_CONNECTIONS


class Kvstore(System):
    """kvstore as it comes; the load goes to the nodes that lead shards."""

    OFFSETS = (0, 5000, 10000, 20000)

    def __init__(self, processes, size, name=None, options=(), root=ROOT):
        super().__init__(name or f"kvstore-{size}", processes)
        self.size = size
        self.root = root
        self.options = list(options)
        self.ports = []

    def start(self):
        self.ports = []
        while len(set(self.ports)) < self.size:
            self.ports = [free_port(self.OFFSETS) for _ in range(self.size)]
        cluster = ",".join(f"n{n}=127.0.0.1:{p}" for n, p in enumerate(self.ports))
        self.commands = []
        for number, port in enumerate(self.ports):
            command = [os.path.join(self.root, "kv_store"), "server", "--node-id", f"n{number}", "--port", str(port)]
            command += ["--dir", os.path.join(self._new_folder(f"{self.name}-{number}"), "data")]
            command += ["--initial-cluster", cluster] if self.size > 1 else []
            self.commands.append(command + self.options)
        self.nodes = [self._start_node(number) for number in range(self.size)]
        for number in range(self.size):
            self._await_node(number)

    def _start_node(self, number):
        return self.processes.start(f"{self.name}-{number}", self.commands[number])

    def _await_node(self, number):
        serving = lambda: answers(self.ports[number], "SET", "bench:ready", "1") == b"OK"  # noqa: E731
        name = f"{self.name}-{number}"
        await_condition("take a write", serving, self.processes, self.nodes[number], name)

    def spawn(self):
        """Starts node 0 on the data it has, and does not wait."""
        self.nodes = [self._start_node(0)]

    def keep_one_shard(self):
        """However much is written, it is not split to be spread over the nodes."""
        ask(self.ports[0], "ADMIN", "SET", "spread-min-bytes", OUT_OF_REACH)

    def leaders(self):
        """Numbers of the nodes that lead a shard."""
        for _ in range(100):
            found = [
                number
                for number, port in enumerate(self.ports)
                if b"role=leader" in (answers(port, "INFO", "shards") or b"")
            ]
            if found:
                return found
            time.sleep(0.1)
        raise Failure(f"{self.name}: no node says that it leads")

    def leader(self):
        return self.leaders()[0]

    def targets(self, cell):
        if cell.stale or cell.spread:
            return self.ports
        return [self.ports[number] for number in self.leaders()]

    def words(self, cell):
        return {**super().words(cell), "readonly": 1 if cell.stale else 0}

    def kill(self, number):
        self.processes.kill(self.nodes[number])

    def revive(self, number):
        self.nodes[number] = self._start_node(number)
        self._await_node(number)

    def state(self):
        """What the cluster says of itself, or None while it does not."""
        state = answers(self.ports[0], "ADMIN", "STATE")
        return json.loads(state) if state else None

    def shards(self):
        """What the cluster says of its shards, a list of dictionaries."""
        state = self.state()
        if not state:
            raise Failure("expected an answer to ADMIN STATE, which tells the shards, but this build gives none")
        return state["shards"]

    def memory_limits(self):
        """Heap, and the sum of all configured caches, of node 0, in bytes, as the node itself states them."""
        fields = {}
        for line in (ask(self.ports[0], "INFO", "memory") or b"").decode().splitlines():
            name, _, value = line.partition(":")
            if value.isdigit():
                fields[name] = int(value)
        caches = sum(value for name, value in fields.items() if name.endswith("_limit"))
        return fields["heap_max"], caches
