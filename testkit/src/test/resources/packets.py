"""A network switch whose packets get lost, come twice, and overtake each other, for PacketFaultsTest: passes frames
between the interfaces p1 to pN of its network namespace. Reads lines from standard input, until that is closed:
    faults LOSS TWICE LATE MILLIS   shares of 1 of the IPv4 packets; MILLIS is the longest that one is late
    count                           prints how many were passed, lost, sent twice and late
Arguments: a seed, N."""

import heapq
import random
import selectors
import socket
import sys
import time

SOL_PACKET = 263
PACKET_VNET_HDR = 15  # checksums and segments are left to the receiving side, as the sender has left them
PACKET_IGNORE_OUTGOING = 23
VNET_HEADER = 10
MOST = VNET_HEADER + (1 << 16) + 64
IPV4 = b"\x08\x00"


def port(name):
    while True:
        try:
            socket.if_nametoindex(name)
            break
        except OSError:
            time.sleep(0.02)
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    opened.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    opened.bind((name, 0))
    opened.setblocking(False)
    return opened


class Switch:
    def __init__(self, seed, count):
        self.random = random.Random(seed)
        self.ports = [port(f"p{number}") for number in range(1, count + 1)]
        self.known = {}
        self.waiting = []
        self.number = 0
        self.loss = self.twice = self.late = self.longest = 0.0
        self.counts = {"passed": 0, "refused": 0, "lost": 0, "twice": 0, "late": 0}

    def take(self, came):
        try:
            frame = came.recv(MOST)
        except (BlockingIOError, OSError):
            return
        to, sender, kind = (frame[VNET_HEADER + at : VNET_HEADER + end] for at, end in ((0, 6), (6, 12), (12, 14)))
        self.known[sender] = came
        known = self.known.get(to)
        targets = [known] if known else [other for other in self.ports if other is not came]
        for target in targets:
            if kind == IPV4:
                self.trouble(target, frame)
            else:
                self.send(target, frame)

    def trouble(self, target, frame):
        if self.random.random() < self.loss:
            self.counts["lost"] += 1
            return
        times = 1
        if self.random.random() < self.twice:
            self.counts["twice"] += 1
            times = 2
        for _ in range(times):
            if self.random.random() < self.late:
                self.counts["late"] += 1
                due = time.monotonic() + self.random.random() * self.longest
                self.number += 1
                heapq.heappush(self.waiting, (due, self.number, target, frame))
            else:
                self.send(target, frame)

    def send(self, target, frame):
        try:
            target.send(frame)
            self.counts["passed"] += 1
        except OSError:
            self.counts["refused"] += 1  # a full queue, or an interface that has gone with its node

    def told(self, line):
        words = line.split()
        if words[0] == "faults":
            self.loss, self.twice, self.late, millis = (float(word) for word in words[1:5])
            self.longest = millis / 1000
        print(" ".join(f"{name}={value}" for name, value in self.counts.items()), flush=True)

    def run(self):
        selector = selectors.DefaultSelector()
        for one in self.ports:
            selector.register(one, selectors.EVENT_READ, self.take)
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        print("ready", flush=True)
        while True:
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                _, _, target, frame = heapq.heappop(self.waiting)
                self.send(target, frame)
            pause = max(0, self.waiting[0][0] - now) if self.waiting else None
            for key, _ in selector.select(pause):
                if key.data:
                    key.data(key.fileobj)
                else:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.told(line)


Switch(int(sys.argv[1]), int(sys.argv[2])).run()
