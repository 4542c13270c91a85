"""The queue on the day: where each enterprise stands, and who is called next (domain 2.2, peers 1)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar

from portal.domain.bookings import BookingState
from portal.domain.labelled import Labelled


class Stage(Labelled):
    """Where an enterprise stands in the queue."""

    PENDING = "pending", "待审核"
    COMING = "coming", "未到"
    WAITING = "waiting", "等候"
    CALLED = "called", "已叫号"
    INSIDE = "inside", "在室"
    PARKED = "parked", "暂离"
    FINISHED = "finished", "完成"
    LEFT = "left", "已离开"
    NO_SHOW = "no_show", "爽约"


HELD = frozenset({Stage.CALLED, Stage.INSIDE})
"""The stages in which a room is somebody's."""

_BEFORE_AND_AFTER = {
    BookingState.CONFIRMED: Stage.COMING,
    BookingState.FINISHED: Stage.FINISHED,
    BookingState.LEFT: Stage.LEFT,
    BookingState.NO_SHOW: Stage.NO_SHOW,
}


def stage_of(state: BookingState, *, started: bool, finished: bool, called: bool, parked: bool) -> Stage:
    """Where an enterprise stands; what counts is the last thing that happened to it."""
    if state is not BookingState.ARRIVED:
        return _BEFORE_AND_AFTER.get(state, Stage.PENDING)
    if finished:
        return Stage.FINISHED
    if started:
        return Stage.INSIDE
    if parked:
        return Stage.PARKED
    return Stage.CALLED if called else Stage.WAITING


class Queued(Protocol):
    """What the order of the queue depends on."""

    @property
    def number(self) -> int:
        """Its place among all places of the day."""

    @property
    def day(self) -> date:
        """The reception day."""

    @property
    def starts_at(self) -> time:
        """When its slot begins."""

    @property
    def is_walk_in(self) -> bool:
        """Whether it came without a booking."""

    @property
    def arrived_at(self) -> datetime | None:
        """When it came."""

    @property
    def stage(self) -> Stage:
        """Where it stands."""


Q = TypeVar("Q", bound=Queued)
Turn = tuple[bool, datetime, bool, int]


def turn_of(it: Queued) -> Turn:
    """What the order goes by; the smallest is called first.

    Booked enterprises go before walk-ins. A booked one's turn is the beginning of its slot, however early it came; one that
    came late has its turn at the moment it came, behind everybody present whose time had come by then. Walk-ins go in the
    order they came. The number decides between equals. As nothing here depends on the others or on the hour, nobody who
    waits changes places with another who waits.
    """
    came = it.arrived_at
    if came is None:
        raise ValueError("who has not come has no turn")
    booked_for = datetime.combine(it.day, it.starts_at, came.tzinfo)
    late = came > booked_for
    return it.is_walk_in, came if late or it.is_walk_in else booked_for, late, it.number


def call_order(queue: Iterable[Q]) -> list[Q]:
    """Those who wait, in the order they are called; who is away for a moment is left out until it is back."""
    return sorted((it for it in queue if it.stage is Stage.WAITING), key=turn_of)


def whole_minutes(since: datetime | None, now: datetime) -> int:
    """Whole minutes from one moment to another, 0 when it lies ahead or is not known."""
    return max(int((now - since) / timedelta(minutes=1)), 0) if since else 0


def minutes_missing(it: Queued, now: datetime, *, call_after: int) -> int | None:
    """How many minutes somebody expected is overdue, None as long as nobody need ask where it is.

    `call_after` are the minutes after the beginning of its slot from which the office telephones.
    """
    if it.stage is not Stage.COMING:
        return None
    overdue = now - datetime.combine(it.day, it.starts_at, now.tzinfo)
    return int(overdue / timedelta(minutes=1)) if overdue >= timedelta(minutes=call_after) else None
