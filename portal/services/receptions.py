"""The reception day itself: opening and closing it, check-in, calling in and seeing off (NX-06, NX-11)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain import reception_days as day_rules
from portal.domain.bookings import BookingState, advance
from portal.domain.errors import NotFound, Problem, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services import group_news
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Slot


def open_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> ReceptionDay:
    """Begin a published reception day."""
    must(actor, Action.CHECK_IN)
    day = _day(session, day_id)
    day.state = day_rules.advance(day.state, DayState.ONGOING)
    record(session, actor, now, "day_opened", day, summary=f"开始{day_text(day.day)}接待日")
    return day


def close_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> ReceptionDay:
    """End a reception day; whoever was confirmed and did not come is a no-show.

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
    day.state = state
    day.closed_at = now
    record(session, actor, now, "day_closed", day, summary=f"结束{day_text(day.day)}接待日", no_shows=len(missed))
    group_news.day_is_closed(session, day, now=now)
    return day


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
        message = f"还有 {len(unfinished)} 家企业没有接待完毕（{_listed(unfinished)}），请先完成接待或撤销签到。"
        problems.append(Problem("bookings", message))
    if pending:
        message = f"还有 {len(pending)} 条预约待审核（{_listed(pending)}），请先确认、取消或不予受理。"
        problems.append(Problem("bookings", message))
    return problems


def check_in(session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """The visitor has come; also possible for somebody already called a no-show."""
    must(actor, Action.CHECK_IN)
    booking = _on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    booking.state = advance(booking.state, BookingState.ARRIVED)
    booking.arrived_at = now
    record(session, actor, now, "checked_in", booking, summary=f"签到：{booking.enterprise.name}")
    return booking


def undo_arrival(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Take a check-in or a no-show back, as long as the reception has not begun."""
    must(actor, Action.CHECK_IN)
    booking = _on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    if _reception(session, booking_id) is not None:
        raise RuleBroken("接待已经开始，不能撤销签到。", field="state")
    booking.state = advance(booking.state, BookingState.CONFIRMED)
    booking.arrived_at = None
    record(session, actor, now, "arrival_undone", booking, summary=f"撤销签到或爽约：{booking.enterprise.name}")
    return booking


def mark_no_show(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The visitor has not come; the place counts as used."""
    must(actor, Action.CHECK_IN)
    booking = _on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    booking.state = advance(booking.state, BookingState.NO_SHOW)
    record(session, actor, now, "no_show", booking, summary=f"记为爽约：{booking.enterprise.name}")
    return booking


def start_reception(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Reception:
    """Call an enterprise in. Raises RuleBroken while another one is still in the same room."""
    must(actor, Action.RECORD_RECEPTION)
    booking = _on_its_day(session, booking_id, version, DayState.ONGOING)
    if booking.state is not BookingState.ARRIVED:
        raise RuleBroken(f"预约现为“{booking.state.label}”，请先签到再开始接待。", field="state")
    begun = _reception(session, booking_id)
    if begun is not None:
        return begun
    inside = session.scalar(
        select(Enterprise.name)
        .join(Booking, Booking.enterprise_id == Enterprise.id)
        .join(Reception, Reception.booking_id == Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.reception_day_id == booking.reception_day_id,
            Slot.room == booking.slot.room,
            Reception.finished_at.is_(None),
        )
    )
    if inside is not None:
        raise RuleBroken(f"“{inside}”还在接待中，请先点“接待完毕”，再请下一家。", field="state")
    begun = Reception(booking=booking, started_at=now, recorder=actor.name)
    session.add(begun)
    record(session, actor, now, "reception_started", booking, summary=f"开始接待：{booking.enterprise.name}")
    return begun


def finish_reception(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The enterprise leaves the room; its record and matters can still be completed until the day is closed."""
    must(actor, Action.RECORD_RECEPTION)
    booking = _on_its_day(session, booking_id, version, DayState.ONGOING)
    begun = _begun(session, booking_id)
    booking.state = advance(booking.state, BookingState.FINISHED)
    begun.finished_at = now
    record(session, actor, now, "reception_finished", booking, summary=f"接待完毕：{booking.enterprise.name}")
    return booking


def _day(session: Session, day_id: int) -> ReceptionDay:
    day = session.get(ReceptionDay, day_id)
    if day is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    return day


def _on_its_day(session: Session, booking_id: int, version: int | None, *states: DayState) -> Booking:
    booking = booking_to_change(session, booking_id, version)
    state = booking.reception_day.state
    if state not in states:
        advice = "请先点“开始接待”。" if state in (DayState.PLANNED, DayState.PUBLISHED) else "不能再办理现场事项。"
        raise RuleBroken(f"{day_text(booking.reception_day.day)}接待日{state.label}，{advice}", field="state")
    return booking


def _reception(session: Session, booking_id: int) -> Reception | None:
    return session.scalar(select(Reception).where(Reception.booking_id == booking_id))


def _begun(session: Session, booking_id: int) -> Reception:
    begun = _reception(session, booking_id)
    if begun is None:
        raise RuleBroken("接待还没有开始，请先点“开始接待”。", field="state")
    return begun


def _names(session: Session, day_id: int, state: BookingState) -> Sequence[str]:
    return session.scalars(
        select(Enterprise.name)
        .join(Booking, Booking.enterprise_id == Enterprise.id)
        .where(Booking.reception_day_id == day_id, Booking.state == state)
        .order_by(Booking.id)
    ).all()


def _listed(names: Sequence[str], most: int = 5) -> str:
    return "、".join(names[:most]) + (f"等 {len(names)} 项" if len(names) > most else "")
