"""Server processes that tests and measurements start, watch, and end together with everything they started."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
HOST = "127.0.0.1"
TICKS = os.sysconf("SC_CLK_TCK")
_PORTS = range(20_000, 32_000)
"""Below the ports that outgoing connections borrow, so that nobody takes ours between choosing and listening."""


class DidNotStart(RuntimeError):
    """The server ended, or did not answer in time; the message is what it said."""


@dataclass(frozen=True)
class Running:
    """A started server: its first process, its port, and the file with everything it says."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def said(self) -> str:
        """What the server's processes have written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """SIGKILL to the whole process group at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, patience: float = 5) -> None:
        """Ask politely, then insist; nothing of the group stays."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.kill()


def free_port() -> int:
    """A loopback port nobody listens on."""
    chosen = random.SystemRandom()
    while True:
        port = chosen.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def environment(**settings: object) -> dict[str, str]:
    """This process's environment with exactly these `PORTAL_` settings; None leaves one out."""
    left_out = ("PORTAL_", "GRANIAN_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    given = {f"PORTAL_{name.upper()}": str(value) for name, value in settings.items() if value is not None}
    return {**kept, "PYTHONUTF8": "1", **given}


def start(
    command: Sequence[str], port: int, log: Path, env: Mapping[str, str], *, path: str = "/login", patience: float = 200
) -> Running:
    """Start a server as a process group of its own and wait until it answers. Raises DidNotStart."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    running = Running(process, port, log)
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            raise DidNotStart(f"status {process.returncode}: {running.said}")
        if _answers(port, path):
            return running
        time.sleep(0.05)
    running.kill()
    raise DidNotStart(f"no answer in {patience} s: {running.said}")


@contextmanager
def started(
    command: Sequence[str], port: int, log: Path, env: Mapping[str, str], *, path: str = "/login"
) -> Iterator[Running]:
    """A server for as long as the block lasts."""
    running = start(command, port, log, env, path=path)
    try:
        yield running
    finally:
        running.stop()


def _answers(port: int, path: str) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return connection.recv(12).startswith(b"HTTP/1.")
    return False


# --- what they cost --------------------------------------------------------------


def family(root: int) -> set[int]:
    """A process and all its descendants."""
    offspring: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                offspring.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found, waiting = set[int](), [root]
    while waiting:
        found.add(waiting[-1])
        waiting += offspring.get(waiting.pop(), [])
    return found


def children(parent: int) -> set[int]:
    """The processes this one has started and that are alive."""
    found = set()
    for pid in family(parent) - {parent}:
        with suppress(OSError):
            state, its_parent, *_ = _stat(pid)
            if int(its_parent) == parent and state != "Z":
                found.add(pid)
    return found


def cpu_seconds(roots: Sequence[int]) -> float:
    """Processor time used so far by these processes and their descendants, ended children included."""
    total = 0
    for root in roots:
        for pid in family(root):
            with suppress(OSError):
                total += sum(int(field) for field in _stat(pid)[11:15])
    return total / TICKS


def settle(roots: Sequence[int], patience: float = 20) -> None:
    """Wait until all workers have finished starting: until nothing of them has computed for a third of a second."""
    until, before = time.monotonic() + patience, -1.0
    while time.monotonic() < until:
        now = cpu_seconds(roots)
        if now - before <= 1 / TICKS:
            return
        before = now
        time.sleep(0.3)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name, which may hold blanks itself."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
