"""One long print from its first part to its result; parts that are there already are not made again."""

import hashlib
import logging
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.print_jobs import Part, parts_of
from portal.jobs.keeping import keeping_of
from portal.jobs.press import Press, PressLost
from portal.jobs.press_orders import Made
from portal.jobs.printers import Printer, Stopped, anew, part_file, result_file
from portal.jobs.works import Bench, Finished, Work
from portal.services.print_jobs import begin_job, finish_job, forget_part, note_part
from portal.store.extension import write
from portal.store.queries.print_jobs import JobRow, asked_of, asker, parts_made
from portal.store.sealed_files import Altered
from portal.store.sealed_streams import pieces

log = logging.getLogger("portal.jobs")

CLOSED = "提交打印的账号已停用，没有继续打印。请由在用的账号重新提交。"


def carry_out(printer: Printer, job: JobRow) -> None:
    """Make what is missing of a job and put it together. Raises Stopped, and whatever stands in the way."""
    if not write(partial(begin_job, job_id=job.id, now=printer.clocks.now())):
        raise Stopped
    actor, items = asker(anew(), job.account_id), asked_of(anew(), job.id)
    if actor is None:
        raise RuleBroken(CLOSED)
    work, folder = printer.works[job.kind], tidied(printer.folder(job.id))
    parts = parts_of(len(items), work.part_size)
    made, tick = _still_there(folder, job.id), printer.ticking(job.id)
    with Press(tick, niceness=printer.niceness) as press:
        bench = Bench(job, actor, folder, keeping_of(printer.settings), printer.clocks.now, tick, press)
        for part in parts:
            if part.ordinal not in made:
                tick()
                ready = _part(work, bench, part, items[part.first : part.first + part.count])
                if not write(partial(_note, printer=printer, job_id=job.id, part=part, ready=ready)):
                    raise Stopped
        tick()
        files = [part_file(folder, part.ordinal) for part in parts]
        result = work.finish(bench, files, result_file(folder))
    if not write(partial(_end, printer=printer, job=job, result=result)):
        raise Stopped
    for file in files:
        file.unlink(missing_ok=True)


def _part(work: Work, bench: Bench, part: Part, items: Sequence[int]) -> Made:
    """Once more when the press was lost: somebody may have ended it, or memory was short for a moment."""
    target = part_file(bench.folder, part.ordinal)
    try:
        return work.make_part(bench, items, target)
    except PressLost:
        log.warning("print job %s: the press was lost at part %s, once more", bench.job.id, part.ordinal)
        return work.make_part(bench, items, target)


def _note(session: Session, *, printer: Printer, job_id: int, part: Part, ready: Made) -> bool:
    """Only who still holds the lease may say that a part is ready."""
    return printer.hold(session) and note_part(
        session,
        job_id,
        part,
        pages=ready.pages,
        sha256=ready.sha256,
        size=ready.size,
        made_at=printer.clocks.running(),
    )


def _end(session: Session, *, printer: Printer, job: JobRow, result: Finished) -> bool:
    return printer.hold(session) and finish_job(
        session,
        job,
        name=result.name,
        sha256=result.made.sha256,
        size=result.made.size,
        remark=result.remark,
        now=printer.clocks.now(),
    )


def tidied(folder: Path) -> Path:
    """The folder of a job, without what a killed process left half done in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob("open-*"):
        shutil.rmtree(left, ignore_errors=True)
    for draft in folder.glob(".*"):
        draft.unlink(missing_ok=True)
    return folder


def _still_there(folder: Path, job_id: int) -> set[int]:
    """The parts that need not be made again: noted, on the disk, and what they were."""
    there = set()
    for part in parts_made(anew(), job_id):
        if _checksum(part_file(folder, part.ordinal)) == part.sha256:
            there.add(part.ordinal)
        else:
            log.warning("print job %s: part %s is not what it was and is made again", job_id, part.ordinal)
            write(partial(forget_part, job_id=job_id, ordinal=part.ordinal))
    return there


def _checksum(file: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        for piece in pieces(file):
            digest.update(piece)
    except Altered:
        return None
    return digest.hexdigest()
