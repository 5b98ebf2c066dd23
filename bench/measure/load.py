"""The load client (kvstore.testkit.bench), kept running, so that it is as warm for the first system as for the last."""

import glob
import json
import os
import re
import shutil
import subprocess

from .machine import ROOT, TICKS, Failure

SOURCES = os.path.join(ROOT, "testkit/src/main/java/kvstore/testkit/bench")


def find_java():
    """The newest JDK found; KV_JAVA_HOME is stronger."""
    homes = [os.environ.get("KV_JAVA_HOME")] if os.environ.get("KV_JAVA_HOME") else []
    if not homes:
        on_path = shutil.which("javac")
        homes = glob.glob("/usr/lib/jvm/*") + [os.environ.get("JAVA_HOME", "")]
        homes += [os.path.dirname(os.path.dirname(os.path.realpath(on_path)))] if on_path else []
    found = []
    for home in homes:
        try:
            with open(os.path.join(home, "release")) as release:
                version = re.search(r'JAVA_VERSION="(\d+)', release.read())
        except OSError:
            continue
        if version and os.access(os.path.join(home, "bin/javac"), os.X_OK):
            found.append((int(version.group(1)), home))
    if not found or max(found)[0] < 17:
        raise Failure("expected a JDK 17 or newer; install one or set KV_JAVA_HOME")
    return max(found)[1]


def build_kvstore(root=ROOT):
    """Lets the launcher build what has changed, so that no start that is measured has to. The folder of the build."""
    result = subprocess.run(
        [os.path.join(root, "kv_store"), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise Failure("kv_store does not start: " + result.stderr)
    with open(os.path.join(root, ".kv_store/current")) as current:
        return os.path.join(root, ".kv_store", current.read().strip())


class Load:
    """One process of the load client. Used by one thread."""

    def __init__(self, processes, build):
        java = find_java()
        names = ["HdrHistogram", "jspecify", "protocol"]
        jars = [jar for name in names for jar in glob.glob(os.path.join(build, f"tools/{name}-*.jar"))]
        classes = processes.path("load-classes")
        sources = glob.glob(SOURCES + "/*.java")
        command = [java + "/bin/javac", "-nowarn", "-proc:none", "-d", classes, "-cp", ":".join(jars)]
        compiled = subprocess.run(command + sources, capture_output=True, text=True)
        if compiled.returncode != 0:
            raise Failure("the load client does not compile:\n" + compiled.stderr)
        self._processes = processes
        self._child = processes.start(
            "load",
            [java + "/bin/java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=2g", "-cp"]
            + [":".join([classes] + jars), "kvstore.testkit.bench.LoadMain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def pid(self):
        return self._child.pid

    def begin(self, **words):
        """Starts a measurement; returns when it has begun, with the begin by the monotonic clock, in nanoseconds."""
        words.setdefault("ticks", TICKS)
        line = " ".join(f"{name}={value}" for name, value in words.items())
        self._child.stdin.write((line + "\n").encode())
        self._child.stdin.flush()
        return self._answer(line)["begun"]

    def report(self):
        """Waits for the end of the measurement that was begun."""
        return self._answer("report")

    def run(self, **words):
        self.begin(**words)
        return self.report()

    def _answer(self, asked):
        line = self._child.stdout.readline()
        if not line:
            raise Failure(f"the load client ended; its log:\n{self._processes.log_tail('load')}")
        answer = json.loads(line)
        if "failure" in answer:
            raise Failure(f"the load client says: {answer['failure']} (asked: {asked})")
        return answer
