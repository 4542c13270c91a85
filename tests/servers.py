"""Throw-away servers that the tests start themselves, on this machine only, and stop again."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

NOBODY_ELSE = "postgres"
"""PostgreSQL refuses to run as root, so root hands it to the account its package made."""

MEMORY = Path("/dev/shm")
"""A disk in memory, where Linux has one: what is thrown away needs no other."""

ROOM = 2 * 2**30
"""So much must be free in it: a container may give it no more than 64 MB."""


class ServerMissing(Exception):
    """The server's programs are not on this machine."""


@dataclass(frozen=True)
class Postgres:
    """A running server that listens on a socket in its own folder."""

    folder: Path

    def url(self, database: str) -> str:
        """The address of a database in it, as `PORTAL_DATABASE_URL` takes it."""
        return f"postgresql+psycopg://{NOBODY_ELSE}@/{database}?host={self.folder}"

    def create(self, database: str, *, template: str = "template1") -> None:
        """Make a database, as a copy of another if one is named."""
        self._order(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def drop(self, database: str) -> None:
        """Take a database away, with whoever is still in it."""
        self._order(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _order(self, order: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(order))
        engine.dispose()

    @property
    def pid(self) -> int:
        """The first of its processes; the others are its children."""
        return int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])


def quick_disk() -> Path | None:
    """The disk in memory if it has room, else None: then the folder for temporary files must do."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else None


def postgres_programs() -> Path:
    """Where the newest PostgreSQL keeps its programs. Raises ServerMissing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda it: int(it.parts[-3]))
    if not found:
        raise ServerMissing("PostgreSQL is not installed: run ./manage test, which installs it")
    return found[-1].parent


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a server for as long as the block lasts; nothing of it stays.

    Only a `durable` one waits for the disk, as the office's does: tests do not measure, and need no power cut.
    """
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=None if durable else quick_disk()))
    as_somebody: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam(NOBODY_ELSE)
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_somebody = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]

    def run(*words: str) -> None:
        subprocess.run([*as_somebody, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data, log = folder / "data", folder / "log"
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=200"
    options += "" if durable else " -c fsync=off -c full_page_writes=off -c max_wal_size=256MB"
    try:
        run(str(programs / "initdb"), "-D", str(data), "-U", NOBODY_ELSE, "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8")  # fmt: skip
        run(str(programs / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
        try:
            yield Postgres(folder)
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis for as long as the block lasts, and answer its address; it keeps nothing on the disk."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServerMissing("Redis is not installed: run ./manage test, which installs it")
    folder = Path(tempfile.mkdtemp(prefix="portal-redis-"))
    place = folder / "socket"
    words = [
        program,
        "--port",
        "0",
        "--unixsocket",
        str(place),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 100
        while not _listens(place):
            if process.poll() is not None or time.monotonic() > until:
                raise ServerMissing("redis-server did not start")
            time.sleep(0.05)
        yield f"unix://{place}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _listens(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(place)) == 0
