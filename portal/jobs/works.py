"""What each kind of job does: cut into parts that are made one after another, and put together at the end."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol, cast

from portal.domain.errors import RuleBroken
from portal.domain.people import Actor
from portal.domain.print_jobs import JobKind, left_out_remark
from portal.jobs.batches import pieces_of
from portal.jobs.press import Press
from portal.jobs.press_orders import Bind, Made, Pack, SetPart
from portal.services.archive_files import shelves_in
from portal.services.archive_years import bind_year, note_taking, organ_seal, write_year_part
from portal.services.batch_papers import batch_papers
from portal.services.keeping import Keeping
from portal.services.kept_papers import office_keys_of
from portal.store.extension import read, write
from portal.store.queries.print_jobs import JobRow
from portal.store.sealed_streams import sealed, stream_key, unsealed

SLIPS_A_PART = 50
MOST_SIGNED_IN_ONE = 200
"""Signed files bring their own faces: thousands bound into one would be gigabytes. Beyond this the sheets are set anew."""

SET_ANEW = f"超过 {MOST_SIGNED_IN_ONE} 张合并时按存档内容排印，不含签章图样；需要签批原件的，请选“逐张 PDF 打包”。"


@dataclass(frozen=True, slots=True)
class Bench:
    """What whoever is at a job works with.

    `actor` asked for the job and may see what the account may see now; `tick` is called between long steps and raises
    when the job was cancelled or taken over; `folder` is the job's own, readable by the portal alone.
    """

    job: JobRow
    actor: Actor
    folder: Path
    keeping: Keeping
    now: Callable[[], datetime]
    tick: Callable[[], None]
    press: Press


@dataclass(frozen=True, slots=True)
class Finished:
    """The sealed result lies in its place: what it is called when it is fetched, and what is to be said with it."""

    made: Made
    name: str
    remark: str = ""


class Work(Protocol):
    """One kind of job. Both steps write one sealed file at `target` and may be begun again after a crash."""

    part_size: int
    """How many of the asked items a part holds."""

    def make_part(self, bench: Bench, items: Sequence[int], target: Path) -> Made:
        """Make the part that holds these items."""

    def finish(self, bench: Bench, parts: Sequence[Path], target: Path) -> Finished:
        """Put the parts together, in their order."""


class PrintingSlips:
    """Slips as one PDF, or each as a PDF of its own in a zip."""

    def __init__(self, *, apart: bool, part_size: int = SLIPS_A_PART) -> None:
        self.apart, self.part_size = apart, part_size

    def make_part(self, bench: Bench, items: Sequence[int], target: Path) -> Made:
        """Look the slips up here, set them in the press."""
        job = bench.job
        signed_files = self.apart or job.total <= MOST_SIGNED_IN_ONE
        papers = batch_papers(
            bench.keeping, items, actor=bench.actor, now=bench.now(), full=job.full, signed_files=signed_files
        )
        read().rollback()
        read().expunge_all()
        return bench.press.do(SetPart(pieces_of(papers), job.title, self.apart, target, stream_key()))

    def finish(self, bench: Bench, parts: Sequence[Path], target: Path) -> Finished:
        """One PDF or one zip; papers that could not be printed are named."""
        title, key = bench.job.title, stream_key()
        bench.press.close()  # binding needs much memory and none of what typesetting has loaded
        if self.apart:
            made = bench.press.do(Pack(tuple(parts), title, target, key))
        else:
            made = bench.press.do(Bind(tuple(parts), title, target, bench.folder, key))
        name = f"{title}.{'zip' if self.apart else 'pdf'}"
        anew = not self.apart and bench.job.total > MOST_SIGNED_IN_ONE
        return Finished(made, name, left_out_remark(made.left_out) + (SET_ANEW if anew else ""))


class Archiving:
    """A year's package for the archive; the items are the year's slips in the order of their numbers."""

    def __init__(self, *, part_size: int = SLIPS_A_PART) -> None:
        self.part_size = part_size

    def make_part(self, bench: Bench, items: Sequence[int], target: Path) -> Made:
        """Put the files of some slips together; they are looked up and read one slip after another."""
        shelves = shelves_in(bench.folder.parents[1], bench.keeping.address)
        with sealed(target) as file:
            write_year_part(read(), _year_of(bench), items, shelves, cast("IO[bytes]", file), bench.tick)
        read().rollback()
        return Made(0, file.sha256, file.size)

    def finish(self, bench: Bench, parts: Sequence[Path], target: Path) -> Finished:
        """Bind the parts to the package, and write down who had it made."""
        year, now = _year_of(bench), bench.now()
        seal = organ_seal(office_keys_of(bench.keeping, now=now).organ, now=now)
        read().rollback()
        with sealed(target) as file, ExitStack() as opened:
            held = (opened.enter_context(_reading(it, bench)) for it in parts)
            done = bind_year(read(), year, held, cast("IO[bytes]", file), seal=seal, actor=bench.actor, now=now)
        read().rollback()
        write(lambda session: note_taking(session, done, actor=bench.actor, now=now))
        remark = f"{done.lacking} 件不完整，见归档移交清单。" if done.lacking else ""
        return Finished(Made(done.pages, file.sha256, file.size), f"{year}年度归档包.zip", remark)


def _reading(part: Path, bench: Bench) -> IO[bytes]:
    bench.tick()
    return unsealed(part)


def _year_of(bench: Bench) -> int:
    if bench.job.year is None:
        raise RuleBroken("归档任务没有写明年度，请从归档页面重新提交。")
    return bench.job.year


WORKS: dict[JobKind, Work] = {
    JobKind.ARCHIVE: Archiving(),
    JobKind.PDF: PrintingSlips(apart=False),
    JobKind.ZIP: PrintingSlips(apart=True),
}
