"""One round of due work, and who may be at it: one process at a time, on whichever machine (docs/decisions/0009)."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.jobs.keeping import keep_what_is_behind, sweep
from portal.jobs.mailing import mail_waiting
from portal.jobs.posting import post_waiting
from portal.jobs.tallies import NOTHING, Tally
from portal.jobs.texting import text_waiting
from portal.services.reminders import outstanding, remind
from portal.services.swaps import lapse_offers
from portal.services.text_outbox import drop_what_is_over, is_over_for_some
from portal.services.visit_reminders import announce_lists, lists_to_announce, remind_visitors, visits_to_remind_of
from portal.services.waiting_list import days_to_serve, days_with_lapsed_offers, serve_first, take_back_lapsed
from portal.store.extension import read, transaction, write
from portal.store.leases import lease, release, take
from portal.store.queries.swaps import lapsed_offers

DUE_WORK = "due-work"
LEASE = timedelta(minutes=2)
"""Longer than any one letter takes; it is renewed before each, and lapses when its holder was killed."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The office's time, which may stand, and the running clock that leases and pauses need."""

    now: Callable[[], datetime]
    running: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: reminders told and taken back, and what came of mail, posts to groups and text messages."""

    told: int
    taken_back: int
    mailed: Tally
    posted: Tally = NOTHING
    texted: Tally = NOTHING

    @property
    def line(self) -> str:
        """The round in one line."""
        parts = [f"提醒 {self.told} 条，撤回 {self.taken_back} 条", f"邮件{self.mailed.line}"]
        parts += [f"{name}{it.line}" for name, it in (("群消息", self.posted), ("短信", self.texted)) if it != NOTHING]
        return "；".join(parts)


def a_holder() -> str:
    """A name under which this process, or this part of it, holds the lease."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def is_waited_for(session: Session, *, every: timedelta, at: datetime) -> bool:
    """Whether nobody is at the work, and the last round lies so long back; reads only."""
    held = lease(session, DUE_WORK)
    if held is None:
        return True
    busy = at < held.until <= at + LEASE
    fresh = held.done_at is not None and at - every < held.done_at <= at + every
    return not busy and not fresh


def due_work(
    settings: Settings, holder: str, clocks: Clocks, *, is_enough: Callable[[], bool] = lambda: False
) -> Round | None:
    """Do what is due, once; None when another process is at it. `is_enough` ends it between two letters."""
    now = clocks.now()

    def hold(session: Session) -> bool:
        return not is_enough() and take(session, DUE_WORK, holder, LEASE, at=clocks.running())

    with transaction() as session:
        if not take(session, DUE_WORK, holder, LEASE, at=clocks.running()):
            return None
    done = False
    try:
        _lapse(now)
        told, taken_back = _remind(now)
        visited, over = _remind_visitors(now)
        mailed = mail_waiting(settings, now=now, running=clocks.running, goes_on=hold)
        posted = post_waiting(settings, now=now, running=clocks.running, goes_on=hold)
        texted = text_waiting(settings, now=now, goes_on=hold)
        keep_what_is_behind(settings, now=now, goes_on=hold)
        sweep(settings, turn=int(clocks.running().timestamp()) // 60)
        done = True
    finally:
        with transaction() as session:
            release(session, DUE_WORK, holder, at=clocks.running(), done=done)
    return Round(told + visited, taken_back + over, mailed, posted, texted)


def _remind(now: datetime) -> tuple[int, int]:
    """Look first, so that the writers of the office wait for this only when something is due."""
    if outstanding(read(), now=now).is_nothing:
        return 0, 0
    with transaction() as session:
        done = remind(session, now=now)
    return sum(len(accounts) for _, accounts in done.untold), len(done.pointless)


def _remind_visitors(now: datetime) -> tuple[int, int]:
    """Tell enterprises and groups what has come due, and give up what is over, looking first as well."""
    told = over = 0
    if visits_to_remind_of(read(), now=now) or lists_to_announce(read(), now=now):
        told = write(partial(_tell_visitors, now=now))
    if is_over_for_some(read(), now.date()):
        with transaction() as session:
            over = drop_what_is_over(session, now.date())
    return told, over


def _tell_visitors(session: Session, *, now: datetime) -> int:
    told = remind_visitors(session, now=now)
    announce_lists(session, now=now)
    return told


def _lapse(now: datetime) -> None:
    """End the offers to swap whose day has come, and pass on the places nobody took or kept in time, looking first as well."""
    if lapsed_offers(read(), now.date()):
        with transaction() as session:
            lapse_offers(session, now=now)
    for day_id in days_with_lapsed_offers(read(), now=now):
        write(partial(take_back_lapsed, day_id=day_id, now=now))
    for day_id in days_to_serve(read(), now=now):
        write(partial(serve_first, day_id=day_id, now=now))
