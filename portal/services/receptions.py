"""The reception day itself: opening and closing it, check-in, calling in and seeing off (NX-06, NX-11)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain import reception_days as day_rules
from portal.domain.bookings import BookingState, advance
from portal.domain.errors import NotFound, Problem, refuse
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services import group_news
from portal.services.arrivals import check_in, mark_no_show, undo_arrival
from portal.services.booking_matters import withdraw_with_booking
from portal.services.calling import finish_reception, start_reception
from portal.services.places import end_booking
from portal.services.records import seals_of_day
from portal.services.unheard_matters import end_with_the_day
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay

__all__ = [
    "check_in",
    "close_day",
    "closing_problems",
    "finish_reception",
    "mark_no_show",
    "open_day",
    "start_reception",
    "undo_arrival",
]
"""Arriving and being called are the day's verbs too; they are written down in files of their own."""


def open_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> ReceptionDay:
    """Begin a published reception day."""
    must(actor, Action.CHECK_IN)
    day = _day(session, day_id)
    day.state = day_rules.advance(day.state, DayState.ONGOING)
    record(session, actor, now, "day_opened", day, summary=f"开始{day_text(day.day)}接待日")
    return day


def close_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> ReceptionDay:
    """End a reception day; whoever was confirmed and did not come is a no-show, whoever still waits waits no longer.

    What was not heard ends with the day, or waits for the enterprise's next booking, as the office's rules say.

    Raises RuleBroken while an enterprise is in the room, a booking waits for review, or a matter that was told has not
    been settled, assigned or refused.
    """
    must(actor, Action.RECORD_RECEPTION)
    day = _day(session, day_id)
    state = day_rules.advance(day.state, DayState.CLOSED)
    refuse(closing_problems(session, day_id))
    missed = session.scalars(
        select(Booking)
        .where(Booking.reception_day_id == day_id, Booking.state == BookingState.CONFIRMED)
        .options(joinedload(Booking.enterprise))
    ).all()
    for booking in missed:
        booking.state = advance(booking.state, BookingState.NO_SHOW)
        record(session, actor, now, "no_show", booking, summary=f"结束接待日时未到：{booking.enterprise.name}")
    session.flush()
    end_with_the_day(session, day_id, actor=actor, now=now)
    _end_waiting(session, day_id, actor=actor, now=now)
    day.state = state
    day.closed_at = now
    seals = seals_of_day(session, day_id)
    summary = f"结束{day_text(day.day)}接待日"
    record(session, actor, now, "day_closed", day, summary=summary, no_shows=len(missed), texts=seals)
    group_news.day_is_closed(session, day, now=now)
    return day


NOT_SERVED = "接待日已结束，候补未能安排。"


def _end_waiting(session: Session, day_id: int, *, actor: Actor, now: datetime) -> None:
    waiting = session.scalars(
        select(Booking)
        .where(Booking.reception_day_id == day_id, Booking.state.in_((BookingState.WAITING, BookingState.OFFERED)))
        .options(joinedload(Booking.enterprise))
        .order_by(Booking.id)
    ).all()
    for booking in waiting:
        end_booking(session, booking, advance(booking.state, BookingState.CANCELLED))
        booking.ended_reason = NOT_SERVED
        withdraw_with_booking(session, booking, actor=actor, now=now)
        record(
            session, actor, now, "booking_cancelled", booking, summary=f"{NOT_SERVED[:-1]}：{booking.enterprise.name}"
        )


def closing_problems(session: Session, day_id: int) -> list[Problem]:
    """What has to be done before a reception day may end, one sentence for each kind."""
    here = (BookingState.ARRIVED, BookingState.FINISHED)
    undecided = session.scalars(
        select(Matter.number)
        .join(Booking, Booking.id == Matter.booking_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(here), Matter.state == MatterState.REGISTERED)
        .order_by(Matter.number)
    ).all()
    unfinished = _names(session, day_id, BookingState.ARRIVED)
    pending = _names(session, day_id, BookingState.PENDING)
    problems = []
    if undecided:
        message = f"还有 {len(undecided)} 项诉求没有处置（{_listed(undecided)}），请逐项选择现场办结、交办或不予受理。"
        problems.append(Problem("matters", message))
    if unfinished:
        message = f"还有 {len(unfinished)} 家企业没有接待完毕（{_listed(unfinished)}），请先完成接待、记为未接待离开或撤销签到。"
        problems.append(Problem("bookings", message))
    if pending:
        message = f"还有 {len(pending)} 条预约待审核（{_listed(pending)}），请先确认、取消或不予受理。"
        problems.append(Problem("bookings", message))
    return problems


def _day(session: Session, day_id: int) -> ReceptionDay:
    """The day, held until this transaction ends: whoever comes in at this moment is before or after."""
    day = session.get(ReceptionDay, day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    return day


def _names(session: Session, day_id: int, state: BookingState) -> Sequence[str]:
    return session.scalars(
        select(Enterprise.name)
        .join(Booking, Booking.enterprise_id == Enterprise.id)
        .where(Booking.reception_day_id == day_id, Booking.state == state)
        .order_by(Booking.id)
    ).all()


def _listed(names: Sequence[str], most: int = 5) -> str:
    return "、".join(names[:most]) + (f"等 {len(names)} 项" if len(names) > most else "")
