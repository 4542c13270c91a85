"""What is measured: each function prepares its stage, measures, and answers figures in the order of the table."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from statistics import median

from portal import clock
from portal.cli.serve import THREADS
from portal.domain.people import Actor
from portal.store.audit_trail import record
from portal.store.extension import db, transaction
from portal.store.models.office import OfficeSetting
from tests.bench.measure import ROUNDS, Figure, Round, Work, figure, measure, measured, p95
from tests.bench.rota import rota
from tests.bench.stage import Program, Stage, granian, gunicorn, stage
from tests.live.districts import booking_fields, numbered_slips, open_days
from tests.live.processes import PROGRAMS, cpu_seconds, settle
from tests.live.races import race_over_http

MONTH = "/calendar/2026/12"
COLD_PAGES = 60
DAYS_TO_BOOK = 400
SLIPS_A_DAY = 6
WARM_SLIPS = 20
SLIP_DAY = date(2026, 11, 16)
RACES = 3
ATTEMPTS = 200


def hello() -> list[Figure]:
    """Hello world in the portal's server program: what the machine and the server give at best."""
    with stage(granian()) as it:
        return measure([it.hello_work()])


def month_calendar() -> list[Figure]:
    """The month page of a signed-in person, kept (warm), and drawn anew after every change of the data (cold)."""
    with stage(granian(), days=40) as it:
        hello_figure, warm = measure([it.hello_work(), _month(it)])
        return [hello_figure, warm, cold_month(it, hello_figure)]


def _month(it: Stage) -> Work:
    return it.work("month_calendar", lambda: itertools.repeat(it.office.bytes_of_get(MONTH)))


def cold_month(it: Stage, hello_figure: Figure) -> Figure:
    """One page at a time; before each, somebody writes an audited change, so that nothing kept can be used."""

    def requests() -> Iterator[bytes]:
        for _ in range(COLD_PAGES):
            change_something()
            yield it.office.bytes_of_get(MONTH)

    with it.district.open():
        work = it.work("month_calendar_cold", requests, connections=1)
        return figure(work.name, [work.round(60) for _ in range(3)], hello_figure)


def change_something() -> None:
    """Any act of the office: every one raises the version by which pages are kept."""
    with transaction() as session:
        setting = session.get_one(OfficeSetting, "sample")
        record(session, Actor.system(), clock.now(), "measured", setting, summary="性能测量")


def booking() -> list[Figure]:
    """A booking as the office enters it: sign-in, CSRF, a new enterprise, one matter, audit lines, flushed to disk.

    Over 8 connections at once, as the aims are, over one alone, and over 32.
    """
    with stage(granian(), days=DAYS_TO_BOOK) as it:
        return measure([it.hello_work(), *_bookings(it, "booking")])


def booking_on_postgresql() -> list[Figure]:
    """The same on PostgreSQL; its own processor time is counted too."""
    with stage(granian(), days=DAYS_TO_BOOK, on_postgres=True) as it:
        return measure([it.hello_work(), *_bookings(it, "booking_postgresql")])


def _bookings(it: Stage, name: str) -> list[Work]:
    taken = iter([place.slot_id for place in it.places for _ in range(place.seats)])

    def requests() -> Iterator[bytes]:
        for slot_id in taken:
            yield it.office.bytes_of_post("/bookings/new", booking_fields(next(it.numbers), slot_id, it.category))

    return [
        it.work(name, requests, status=303),
        it.work(f"{name}_1", requests, status=303, connections=1),
        it.work(f"{name}_32", requests, status=303, connections=32),
    ]


def one_slip() -> list[Figure]:
    """One slip as PDF: the first in a fresh process (cold), then others one after another (warm)."""
    with _printing(WARM_SLIPS + 1) as (it, slips):
        settle([it.portal.process.pid])
        requests = [it.office.bytes_of_get(f"/slips/{slip_id}.pdf") for slip_id in slips]
        cold = it.work("one_slip_cold", lambda: iter(requests[:1]), connections=1).round(60)
        warm = [it.work("one_slip", partial(iter, [each]), connections=1).round(60) for each in requests[1:]]
        (hello_figure,) = measure([it.hello_work()], rounds=2)
        return [figure("one_slip_cold", [cold], hello_figure), figure("one_slip", warm, hello_figure)]


def batch_slips() -> list[Figure]:
    """All slips of a reception day as one PDF, in a process that has printed before."""
    with _printing(SLIPS_A_DAY) as (it, _):
        path = f"/slips/print?day={SLIP_DAY}"
        work = it.work("batch_slips", lambda: iter([it.office.bytes_of_get(path)]), connections=1)
        work.round(60)
        (hello_figure,) = measure([it.hello_work()], rounds=2)
        return [figure("batch_slips", [work.round(60) for _ in range(ROUNDS)], hello_figure)]


@contextmanager
def _printing(count: int) -> Iterator[tuple[Stage, list[int]]]:
    """A stage with one worker, and slips on it: prepared beforehand, because the process must be fresh."""
    slips: list[int] = []

    def prepare() -> None:
        slips.extend(numbered_slips(db.session(), count, day=SLIP_DAY))

    with stage(granian(), workers=1, prepare=prepare) as it:
        yield it, slips


def race() -> list[Figure]:
    """200 attempts at once on one slot with one place, and with twelve, on both engines; answers a second of each race."""
    return [it for on_postgres in (False, True) for it in _races(on_postgres)]


def _races(on_postgres: bool) -> Iterator[Figure]:
    engine = "postgresql" if on_postgres else "sqlite"
    with stage(granian(), days=1, on_postgres=on_postgres) as it:
        for places in (1, 12):
            yield _race(it, f"race_{places}_{engine}", places)


def _race(it: Stage, name: str, places: int) -> Figure:
    rounds = []
    for _ in range(RACES):
        with it.district.open():
            (place,) = open_days(db.session(), 1, first=next(it.free_days), slots=1, seats=places)
        roots = (it.portal.process.pid, *it.database_processes)
        before, begun = cpu_seconds(roots), time.perf_counter()
        outcome = race_over_http(it.office, place.slot_id, it.category, attempts=ATTEMPTS, numbers=it.numbers)
        took, used = time.perf_counter() - begun, cpu_seconds(roots) - before
        outcome.must_have_given(places)
        times = [seconds * 1000 for seconds in outcome.seconds]
        rounds.append(Round(ATTEMPTS, ATTEMPTS / took, median(times), p95(times), used * 1000 / ATTEMPTS))
    return figure(name, rounds)


def servers() -> list[Figure]:
    """Granian against gunicorn: hello world, the month page and bookings, each program on a district of its own.

    All are started first and measured in turn, so that whatever else the machine does falls on all of them alike.
    """
    with ExitStack() as stack:
        stages = [stack.enter_context(stage(program, days=DAYS_TO_BOOK // 4)) for program in compared_servers()]
        works = [
            replace(work, name=f"{work.name} · {it.program.name}")
            for it in stages
            for work in (it.hello_work(), _month(it), _bookings(it, "booking")[0])
        ]
        found = measured(works, rounds=3 * ROUNDS, seconds=0.5)
    return [it if place % 3 == 0 else replace(it, hello=found[place - place % 3]) for place, it in enumerate(found)]


def compared_servers() -> list[Program]:
    """What is compared: the other program only where it is installed."""
    numbers = (2, 8, THREADS)
    other = [gunicorn(threads) for threads in numbers] if (PROGRAMS / "gunicorn").exists() else []
    return [*(granian(threads) for threads in numbers), *other]


ALL: dict[str, Callable[[], list[Figure]]] = {
    "hello": hello,
    "month_calendar": month_calendar,
    "booking": booking,
    "booking_postgresql": booking_on_postgresql,
    "one_slip": one_slip,
    "batch_slips": batch_slips,
    "race": race,
    "rota": rota,
}
"""What `./manage bench` measures; `servers` takes minutes and is measured only when named."""
