"""`./manage bench batch_job`: thousands of slips in the background, and what memory and pages feel of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event, Thread

from sqlalchemy import select

from portal import clock
from portal.config import SERVING
from portal.domain.people import Actor, Role
from portal.domain.print_jobs import JobKind, JobState
from portal.services.print_jobs import ask_slips
from portal.store.extension import db, read, write
from portal.store.models.papers import PrintJob
from portal.store.models.people import Account
from tests.bench.measure import Figure, WrongAnswer, p95
from tests.bench.stage import Stage, granian, stage
from tests.live.frozen_slips import frozen_slips
from tests.live.processes import cpu_seconds, family, settle

JOBS = ((JobKind.PDF, 500), (JobKind.ZIP, 500), (JobKind.PDF, 5_000))
PATIENCE_SECONDS = 3_600.0
LOOK_SECONDS = 0.5
MONTH = "/calendar/2026/12"


@dataclass
class Peaks:
    """The most memory the press and the process with the pages have had, in megabytes."""

    press: int = 0
    pages: int = 0


def batch_job(jobs: tuple[tuple[JobKind, int], ...] = JOBS) -> list[Figure]:
    """Long prints in a server as it runs in an office, with somebody opening the month page twice a second."""
    slips: list[int] = []

    def prepare() -> None:
        slips.extend(frozen_slips(db.session(), max(count for _, count in jobs)))

    with serving(), stage(granian(), workers=1, prepare=prepare) as it:
        settle([it.portal.process.pid])
        quiet = [_month_ms(it) for _ in range(40)]
        figures = [_job(it, kind, slips[:count]) for kind, count in jobs]
    calm = Figure("batch_job_pages", len(quiet), 0, median(quiet), p95(quiet), 0, 1)
    return [*figures, calm, bare()]


@contextmanager
def serving() -> Iterator[None]:
    """The servers started now do due work and print, as those of `./manage run` do."""
    os.environ[SERVING] = "1"
    try:
        yield
    finally:
        del os.environ[SERVING]


def _job(it: Stage, kind: JobKind, slips: list[int]) -> Figure:
    roots = [it.portal.process.pid]
    with it.district.open(), watched(it) as peaks:
        account = read().scalars(select(Account).where(Account.username == "office")).one()
        actor = Actor(account.id, account.display_name, Role.OFFICE)
        asked = partial(ask_slips, kind=kind, slip_ids=slips, title="测量", full=False, actor=actor, now=clock.now())
        before, begun = cpu_seconds(roots), time.perf_counter()
        job_id = write(lambda session: asked(session).id)
        pages = _until_done(it, job_id, begun + PATIENCE_SECONDS)
        took, used = time.perf_counter() - begun, cpu_seconds(roots) - before
    memory = f"排版进程内存峰值 {peaks.press} MB，页面进程 {peaks.pages} MB"
    note = f"{memory}；打印期间月历页 p50 {median(pages):.0f} ms、p95 {p95(pages):.0f} ms"
    count = len(slips)
    return Figure(
        f"batch_job_{kind.value} · {count} 张", count, count / took, took * 1e3, took * 1e3, used * 1e3 / count, 1,
        note=note,
    )  # fmt: skip


def _until_done(it: Stage, job_id: int, until: float) -> list[float]:
    """Milliseconds of each page opened while the job was at work. Raises WrongAnswer when it does not come to its end."""
    pages = []
    while time.perf_counter() < until:
        pages.append(_month_ms(it))
        db.session.rollback()
        state, trouble = read().execute(select(PrintJob.state, PrintJob.trouble).where(PrintJob.id == job_id)).one()
        if state is JobState.DONE and "没有打印" not in trouble:
            return pages
        if state not in (JobState.WAITING, JobState.RUNNING):
            raise WrongAnswer(f"print job {job_id}: {state.value} {trouble}")
        time.sleep(LOOK_SECONDS)
    raise WrongAnswer(f"print job {job_id} did not end")


def _month_ms(it: Stage) -> float:
    begun = time.perf_counter()
    answer = it.office.get(MONTH)
    if answer.status != 200:
        raise WrongAnswer(f"{MONTH}: {answer.status}")
    return (time.perf_counter() - begun) * 1000


@contextmanager
def watched(it: Stage) -> Iterator[Peaks]:
    """Look at the memory of the server's processes several times a second."""
    peaks, over = Peaks(), Event()

    def watch() -> None:
        while not over.wait(0.2):
            for pid in family(it.portal.process.pid):
                with suppress(OSError, IndexError):
                    command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
                    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
                    peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
                    if "press_child" in command:
                        peaks.press = max(peaks.press, peak)
                    else:
                        peaks.pages = max(peaks.pages, peak)

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


BARE = """
import json, time, weasyprint
page = '<html lang=zh-CN><p style="font-family: sans-serif">hello</p></html>'
weasyprint.HTML(string=page).write_pdf()
begun, cpu = time.perf_counter(), time.process_time()
for _ in range(20):
    weasyprint.HTML(string=page).write_pdf()
print(json.dumps([(time.perf_counter() - begun) * 50, (time.process_time() - cpu) * 50]))
"""


def bare() -> Figure:
    """The library alone on a page with one word, as anybody would call it: what the machine gives at best."""
    said = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True).stdout
    wall, cpu = json.loads(said)
    return Figure("weasyprint_bare", 20, 1000 / wall, wall, wall, cpu, 1)
