"""Long prints, one after another in the order asked, by one process at a time on whichever machine.

They have a lease and a thread of their own, so reminders go out while they print. A job whose process was killed, or that
failed for want of room, goes on after the last part that was made.
"""

import errno
import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from threading import Event
from time import monotonic, time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from portal.config import Settings
from portal.domain.errors import CannotKeep, PortalError
from portal.domain.print_jobs import OPEN_STATES
from portal.jobs.carrying_out import carry_out
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.direct import PREFIX
from portal.jobs.press import PressLost
from portal.jobs.printers import LEASE, PRINTING, Printer, Stopped, anew, prints_folder
from portal.services.print_jobs import fail_job, jobs_to_clear, note_cleared
from portal.store.extension import read, write
from portal.store.leases import lease
from portal.store.queries.print_jobs import JobRow, next_job, state_of

log = logging.getLogger("portal.jobs")

LOOK_SECONDS, CLEAR_SECONDS, PAUSE_SECONDS = 2.0, 60.0, 30.0
"""How often to look for a job, for files that are over, and again after something went wrong that is not the job's fault."""

SENT_SECONDS = 3_600.0

FULL = "磁盘空间不足，打印没有完成。已完成的部分都保留着，请系统管理员腾出空间后点“重试”。"
UNREADABLE = "打印文件写不进磁盘（{why}）。请系统管理员检查磁盘和权限后点“重试”。"
LOST = "排版程序两次意外结束（可能是内存不足）。已完成的部分都保留着，请稍后点“重试”；仍不行的，请告诉系统管理员。"
BROKEN = "排版时出错，没有完成。已完成的部分都保留着，可以点“重试”；仍不行的，请把时间告诉系统管理员。"


def keep_printing(
    context: Callable[[], AbstractContextManager[Any]],
    settings: Settings,
    clocks: Clocks,
    *,
    stop: Event,
    first_after: float = 0.0,
    say: Callable[[int], None] = lambda _: None,
) -> None:
    """Print whatever is asked for until told to stop; whatever goes wrong, the next look is tried."""
    printer, pause, cleared = Printer(settings, a_holder(), clocks, stop.is_set), first_after, 0.0
    while not stop.wait(pause):
        pause = LOOK_SECONDS
        try:
            with context():
                if monotonic() - cleared >= CLEAR_SECONDS:
                    clear_what_is_over(printer)
                    cleared = monotonic()
                done = print_what_waits(printer)
        except Exception:
            log.exception("printing failed; it is tried again in %s s", PAUSE_SECONDS)
            pause = PAUSE_SECONDS
        else:
            if done:
                say(done)


def print_what_waits(printer: Printer) -> int | None:
    """Print every job that waits; how many are finished, None when another process is at it. Looks before it writes."""
    if next_job(anew()) is None:
        return 0
    if _is_another_at_it(printer) or not write(printer.hold):
        return None
    finished = 0
    try:
        while not printer.is_enough() and (job := next_job(anew())) is not None:
            finished += _printed(printer, job)
            clear_what_is_over(printer)
    except Stopped:
        log.info("printing stopped before its end")
    finally:
        printer.let_go()
    return finished


def clear_what_is_over(printer: Printer) -> int:
    """Take files off the disk that have lain long enough, or that nobody wants any more; how many jobs' files."""
    _sweep(printer)
    over = jobs_to_clear(anew(), now=printer.clocks.now())
    read().rollback()
    for job_id in over:
        shutil.rmtree(printer.folder(job_id), ignore_errors=True)
        write(partial(note_cleared, job_id=job_id, now=printer.clocks.now()))
    return len(over)


def _sweep(printer: Printer) -> None:
    """What was made for somebody who waited, by a process that was killed before it was sent."""
    for folder in prints_folder(printer.settings).glob(f"{PREFIX}*"):
        if time() - folder.stat().st_mtime > SENT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _is_another_at_it(printer: Printer) -> bool:
    held, now = lease(read(), PRINTING), printer.clocks.running()
    return held is not None and held.holder != printer.holder and now < held.until <= now + LEASE


def _printed(printer: Printer, job: JobRow) -> bool:
    """Carry out one job; whether it was finished. Otherwise it was cancelled, or has failed with its reason."""
    try:
        carry_out(printer, job)
    except Stopped:
        if state_of(anew(), job.id) in OPEN_STATES:
            raise
        return False
    except (CannotKeep, SQLAlchemyError):
        raise
    except Exception as trouble:  # noqa: BLE001 - every other trouble is told to whoever asked
        why = _told(job, trouble)
        write(lambda session: fail_job(session, job, why, now=printer.clocks.now()))
        return False
    return True


def _told(job: JobRow, trouble: Exception) -> str:
    """What whoever asked reads; what only helps to mend it goes into the log."""
    if isinstance(trouble, PortalError):
        return trouble.message
    log.error("print job %s failed", job.id, exc_info=trouble)
    if isinstance(trouble, OSError):
        full = trouble.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return FULL if full else UNREADABLE.format(why=trouble.strerror or trouble)
    return LOST if isinstance(trouble, PressLost) else BROKEN
