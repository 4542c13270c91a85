"""One round of due work, and who may be at it: one process at a time, on whichever machine (docs/decisions/0009, 0025)."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.errors import CannotKeep, PortalError
from portal.domain.job_runs import is_due
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.sweeps import SWEEPS, Came, Sweep, Turn
from portal.jobs.tallies import NOTHING, Tally
from portal.services.job_runs import note_begun, note_done, note_failed
from portal.store.extension import read, transaction
from portal.store.leases import lease, release, take
from portal.store.queries.job_runs import next_turns

__all__ = ["DUE_WORK", "LEASE", "Clocks", "Round", "a_holder", "due_work", "is_held", "is_waited_for", "told"]

log = logging.getLogger("portal.jobs")

DUE_WORK = "due-work"
LEASE = timedelta(minutes=2)
"""Longer than any one letter takes; it is renewed before each, and lapses when its holder was killed."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: reminders told and taken back, and what came of mail, posts to groups and text messages.

    `failed` names the jobs that were not done, each with its trouble; the others were done all the same.
    """

    told: int
    taken_back: int
    mailed: Tally
    posted: Tally = NOTHING
    texted: Tally = NOTHING
    failed: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def line(self) -> str:
        """The round in one line."""
        parts = [f"提醒 {self.told} 条，撤回 {self.taken_back} 条", f"邮件{self.mailed.line}"]
        parts += [f"{name}{it.line}" for name, it in (("群消息", self.posted), ("短信", self.texted)) if it != NOTHING]
        parts += [f"“{title}”没有做成：{trouble}" for title, trouble in self.failed]
        return "；".join(parts)


def is_held(session: Session, *, at: datetime) -> bool:
    """Whether somebody is at due work now."""
    held = lease(session, DUE_WORK)
    return held is not None and at < held.until <= at + LEASE


def is_waited_for(session: Session, *, at: datetime, patience: timedelta = timedelta()) -> bool:
    """Whether nobody is at the work and some job's turn has come; reads only.

    Whoever merely stands in for others has `patience`: it waits until no round was finished for so long.
    """
    held = lease(session, DUE_WORK)
    if held is not None:
        if at < held.until <= at + LEASE:
            return False
        done_at = held.done_at
        if done_at is not None and at - patience < done_at <= at:
            return False
    turns = next_turns(session)
    return any(is_due(turns.get(it.name), it.every, at=at) for it in SWEEPS)


def due_work(
    settings: Settings,
    holder: str,
    clocks: Clocks,
    *,
    is_enough: Callable[[], bool] = lambda: False,
    only: Collection[str] | None = None,
    whose_turn: bool = False,
) -> Round | None:
    """Do what is due, once; None when another process is at it. `is_enough` ends it between two letters.

    `only` names the jobs that are wanted; with `whose_turn` those whose pause is not over are left out. A job that fails
    keeps none of the others from being done.
    """
    now = clocks.now()

    def hold(session: Session) -> bool:
        return not is_enough() and take(session, DUE_WORK, holder, LEASE, at=clocks.running())

    with transaction() as session:
        if not take(session, DUE_WORK, holder, LEASE, at=clocks.running()):
            return None
    turn, came, failed = Turn(settings, now, clocks, hold), dict[str, Came](), list[tuple[str, str]]()
    noted: list[Callable[[Session], None]] = []
    done = False
    try:
        for sweep in _wanted(only, clocks.running() if whose_turn else None):
            with transaction() as session:
                while noted:
                    noted.pop()(session)
                if not hold(session):
                    log.info("a round of due work stopped before %s", sweep.name)
                    break
                note_begun(session, sweep.name, sweep.every, at=clocks.running())
            found = _carried_out(sweep, turn)
            noted.append(partial(_note, sweep=sweep, found=found, at=clocks.running()))
            if isinstance(found, Came):
                came[sweep.name] = found
            else:
                failed.append((sweep.title, found))
        else:
            done = True
    finally:
        with transaction() as session:
            while noted:
                noted.pop()(session)
            release(session, DUE_WORK, holder, at=clocks.running(), done=done)
    return _round(came, failed)


def _note(session: Session, *, sweep: Sweep, found: Came | str, at: datetime) -> None:
    if isinstance(found, Came):
        note_done(session, sweep.name, found.line, sweep.every, at=at)
    else:
        note_failed(session, sweep.name, found, sweep.every, at=at)


def _wanted(only: Collection[str] | None, at: datetime | None) -> Sequence[Sweep]:
    turns = next_turns(read()) if at is not None else {}
    return [
        it
        for it in SWEEPS
        if (only is None or it.name in only) and (at is None or is_due(turns.get(it.name), it.every, at=at))
    ]


def _carried_out(sweep: Sweep, turn: Turn) -> Came | str:
    """What came of a job, or its trouble in words."""
    try:
        return sweep.work(turn)
    except Exception as trouble:
        read().rollback()
        log.exception("due work %s failed; it is tried again", sweep.name)
        return told(trouble)


def told(trouble: BaseException) -> str:
    """What stands in the way, in one line for the page of jobs; never what a statement carried, for that may be personal."""
    if isinstance(trouble, CannotKeep | PortalError):
        return trouble.message
    if isinstance(trouble, DBAPIError):
        said = str(trouble.orig).strip().splitlines()
        return f"数据库：{said[0] if said else type(trouble.orig).__name__}"
    if isinstance(trouble, OSError) and trouble.strerror:
        return f"系统：{trouble.strerror}"
    said = str(trouble).strip().splitlines()
    return f"程序出错（{type(trouble).__name__}）" + (f"：{said[-1][:200]}" if said else "") + "。详情见日志。"


def _round(came: dict[str, Came], failed: Sequence[tuple[str, str]]) -> Round:
    def tally(name: str) -> Tally:
        return came[name].tally if name in came else NOTHING

    return Round(
        sum(it.told for it in came.values()),
        sum(it.taken_back for it in came.values()),
        tally("mail"),
        tally("posts"),
        tally("texts"),
        tuple(failed),
        tuple((name, it.line) for name, it in came.items()),
    )
