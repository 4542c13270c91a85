"""The stage of a measurement: a district on one database, served by one server program, with hello world beside it."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from portal.cli.serve import server_arguments
from portal.config import Settings
from portal.store.extension import db, read
from tests.bench.measure import Work
from tests.builders import PASSWORD
from tests.live.browsers import Browser
from tests.live.districts import District, Places, a_category_code, open_days, settle_in
from tests.live.processes import PROGRAMS, Running, free_port, settle, start
from tests.servers import postgres

HELLO = "tests.bench.hello:app"
PORTAL = "wsgi:app"
WORKERS = min(os.cpu_count() or 1, 4)


@dataclass(frozen=True)
class Program:
    """A server program and how it is started for an application."""

    name: str
    command: Callable[[Settings, str], list[str]]


def granian(threads: int | None = None) -> Program:
    """The program of `./manage run`, with its own number of threads or another."""
    if threads is None:
        return Program("granian", lambda settings, app: server_arguments(settings, app=app))
    return Program(
        f"granian {threads} 线程", lambda settings, app: server_arguments(settings, app=app, threads=threads)
    )


def gunicorn(threads: int) -> Program:
    """The other one."""

    def command(settings: Settings, app: str) -> list[str]:
        return [
            str(PROGRAMS / "gunicorn"),
            "--worker-class", "gthread",
            "--workers", str(settings.processes),
            "--threads", str(threads),
            "--bind", settings.bind,
            "--backlog", "1024",
            "--keep-alive", "75",
            "--no-control-socket",
            "--log-level", "warning",
            app,
        ]  # fmt: skip

    return Program(f"gunicorn {threads} 线程", command)


@dataclass
class Stage:
    """A prepared district with its servers; `places` are handed out once, so that every booking finds its own."""

    program: Program
    district: District
    portal: Running
    hello: Running
    office: Browser
    category: str
    places: list[Places]
    database_processes: tuple[int, ...] = ()
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    free_days: Iterator[date] = field(
        default_factory=lambda: (date(2030, 1, 1) + timedelta(it) for it in itertools.count())
    )

    def work(self, name: str, requests: Callable[[], Iterator[bytes]], **more: object) -> Work:
        """Something to ask the portal."""
        return Work(name, self.portal, requests, costing=self.database_processes, **more)  # type: ignore[arg-type]

    def hello_work(self) -> Work:
        """The least any Flask application does in this server."""
        request = b"GET / HTTP/1.1\r\nHost: hello\r\n\r\n"
        return Work("hello", self.hello, lambda: itertools.repeat(request))


@contextmanager
def stage(
    program: Program,
    *,
    days: int = 0,
    on_postgres: bool = False,
    workers: int = WORKERS,
    prepare: Callable[[], object] = lambda: None,
) -> Iterator[Stage]:
    """Prepare a district with so many days of 24 places, start the servers, sign in; nothing of it stays.

    `prepare` adds what else is needed before the servers start, inside the application's context.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres(durable=True)) if on_postgres else None
        district = District(folder / "instance", server.url("postgres") if server else None)
        settle_in(district)
        with district.open():
            places = open_days(db.session(), days, slots=6, seats=4)
            category = a_category_code(read())
            prepare()
        hello = _running(stack, program, district, HELLO, "/", workers)
        portal = _running(stack, program, district, PORTAL, "/login", workers)
        settle([hello.process.pid, portal.process.pid])
        office = stack.enter_context(Browser(portal.port)).sign_in("office", PASSWORD)
        yield Stage(program, district, portal, hello, office, category, places, (server.pid,) if server else ())


def _running(stack: ExitStack, program: Program, district: District, app: str, path: str, workers: int) -> Running:
    port = free_port()
    command: Sequence[str] = program.command(district.settings(port, workers), app)
    running = start(
        command, port, district.folder / f"{app.partition(':')[0]}.log", district.environment(port, workers), path=path
    )
    stack.callback(running.stop)
    return running
