"""Calling: who goes into which room, one by one or all together, and when a reception begins and ends (QD-07).

What changes who is in a room first holds its day, so that two who press at once act one after the other; that a room is one
enterprise's at a time, the schema holds besides (`one_called_or_received_a_room`).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState, advance
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.queueing import HELD, Stage, call_order
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services.arrivals import booking_on_its_day, reception_of
from portal.services.places import lock_days
from portal.services.records import RecordText, begun_reception, fingerprint
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Reception
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.receptions import QueueRow, queue_of_day


def call_next(session: Session, day_id: int, room: str, *, actor: Actor, now: datetime) -> Booking:
    """Call whoever's turn it is into a room; where that is a group, its session begins at once.

    Raises Conflict while somebody is called to the room or received there, RuleBroken when nobody waits for it.
    """
    must(actor, Action.CHECK_IN)
    queue = _locked_queue(session, day_id, room)
    _must_be_ongoing(session, day_id)
    held = next((it for it in queue if it.stage in HELD), None)
    if held is not None:
        raise Conflict(_in_the_way(held), field="room")
    waiting = call_order(queue)
    if not waiting:
        raise RuleBroken(f"{room or '现在'}没有等候的企业。来访企业签到以后再叫号。", field="room")
    if waiting[0].is_group:
        return start_group(session, waiting[0].slot_id, actor=actor, now=now)[0]
    booking = booking_to_change(session, waiting[0].booking_id, None)
    booking.holds_room = room
    return _call(session, booking, actor=actor, now=now)


def call_again(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Call somebody again who was called and has not come in."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.ONGOING)
    _must_be_called(session, booking)
    return _call(session, booking, actor=actor, now=now)


def take_call_back(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Called by mistake: it waits again where it stood, and the room is free."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.ONGOING)
    _must_be_called(session, booking)
    booking.holds_room = None
    record(session, actor, now, "call_taken_back", booking, summary=f"撤回叫号：{booking.enterprise.name}")
    return booking


def start_reception(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Reception:
    """An enterprise comes in, called before or not. In a group slot it joins those who are inside.

    Raises RuleBroken while another one is in the room or called to it.
    """
    must(actor, Action.RECORD_RECEPTION)
    booking = booking_on_its_day(session, booking_id, version, DayState.ONGOING)
    if booking.state is not BookingState.ARRIVED:
        raise RuleBroken(f"预约现为“{booking.state.label}”，请先签到再开始接待。", field="state")
    queue = _locked_queue(session, booking.reception_day_id, booking.slot.room)
    begun = reception_of(session, booking_id)
    if begun is not None:
        return begun
    _must_have_the_room(queue, booking)
    if booking.slot.mode is ReceptionMode.SINGLE:
        booking.holds_room = booking.slot.room
    return _start(session, booking, actor=actor, now=now)


def finish_reception(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The enterprise leaves the room; its record and matters can still be completed until the day is closed."""
    must(actor, Action.RECORD_RECEPTION)
    booking = booking_on_its_day(session, booking_id, version, DayState.ONGOING)
    begun = begun_reception(session, booking_id)
    booking.state = advance(booking.state, BookingState.FINISHED)
    booking.holds_room = None
    begun.finished_at = now
    seal = fingerprint(RecordText.of(begun))
    record(
        session, actor, now, "reception_finished", booking, summary=f"接待完毕：{booking.enterprise.name}", text=seal
    )
    return booking


def finish_and_call(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The enterprise leaves the room and the next one is called into it; answers the next, or the same if nobody waits."""
    booking = finish_reception(session, booking_id, version=version, actor=actor, now=now)
    day_id, room = booking.reception_day_id, booking.slot.room
    session.flush()
    if not call_order(_locked_queue(session, day_id, room)):
        return booking
    return call_next(session, day_id, room, actor=actor, now=now)


def start_group(session: Session, slot_id: int, *, actor: Actor, now: datetime) -> Sequence[Booking]:
    """Everybody of a group slot who is here comes in; those who come later join by the same button (集体座谈)."""
    must(actor, Action.RECORD_RECEPTION)
    slot = _group(session, slot_id)
    queue = _locked_queue(session, slot.reception_day_id, slot.room)
    _must_be_ongoing(session, slot.reception_day_id)
    entering = [it for it in call_order(queue) if it.slot_id == slot_id]
    if not entering:
        raise RuleBroken("这一场没有已签到、还在等候的企业。企业签到以后再开始或加入。", field="room")
    bookings = [booking_to_change(session, it.booking_id, None) for it in entering]
    _must_have_the_room(queue, bookings[0])
    for booking in bookings:
        _start(session, booking, actor=actor, now=now)
    return bookings


def finish_group(session: Session, slot_id: int, *, actor: Actor, now: datetime) -> Sequence[Booking]:
    """The session is over for all who are inside."""
    must(actor, Action.RECORD_RECEPTION)
    slot = _group(session, slot_id)
    queue = _locked_queue(session, slot.reception_day_id, slot.room)
    inside = [it for it in queue if it.slot_id == slot_id and it.stage is Stage.INSIDE]
    if not inside:
        raise RuleBroken("这一场没有正在座谈的企业。", field="room")
    return [finish_reception(session, it.booking_id, actor=actor, now=now) for it in inside]


def _start(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> Reception:
    booking.parked_at = None
    begun = Reception(booking=booking, started_at=now, recorder=actor.name)
    session.add(begun)
    record(session, actor, now, "reception_started", booking, summary=f"开始接待：{booking.enterprise.name}")
    return begun


def _call(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    booking.called_at = now
    booking.calls += 1
    summary = f"叫号第 {booking.calls} 次：{booking.enterprise.name}"
    record(session, actor, now, "called", booking, summary=summary, room=booking.holds_room)
    return booking


def _locked_queue(session: Session, day_id: int, room: str) -> list[QueueRow]:
    """The queue of a room, which nobody else changes until this transaction ends."""
    lock_days(session, day_id)
    return [it for it in queue_of_day(session, day_id) if it.room == room]


def _must_have_the_room(queue: Sequence[QueueRow], booking: Booking) -> None:
    """Nobody else is in the room or called to it; in a group only those of another slot count."""
    together = booking.slot_id if booking.slot.mode is ReceptionMode.GROUP else None
    for it in queue:
        if it.stage in HELD and it.booking_id != booking.id and it.slot_id != together:
            raise RuleBroken(_in_the_way(it), field="state")


def _in_the_way(it: QueueRow) -> str:
    name = f"{it.number}号“{it.enterprise_name}”"
    if it.stage is Stage.INSIDE:
        return f"{name}还在接待中，请先点“接待完毕”，再请下一家。"
    return f"{name}已经叫到{it.room or '接待室'}（第 {it.calls} 次，{it.called_at:%H:%M}），请先等它进入，或点“暂离”“未接待离开”。"


def _must_be_called(session: Session, booking: Booking) -> None:
    if booking.holds_room is None or reception_of(session, booking.id) is not None:
        raise RuleBroken("这家企业现在没有被叫号，请刷新页面查看最新情况。", field="state")


def _must_be_ongoing(session: Session, day_id: int) -> None:
    day = session.get(ReceptionDay, day_id)
    if day is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    if day.state is not DayState.ONGOING:
        advice = "请先点“开始接待”。" if day.state in (DayState.PLANNED, DayState.PUBLISHED) else "不能再叫号。"
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，{advice}", field="state")


def _group(session: Session, slot_id: int) -> Slot:
    slot = session.get(Slot, slot_id)
    if slot is None:
        raise NotFound("没有找到这个时段，可能已被调整。请回到接待现场。")
    if slot.mode is not ReceptionMode.GROUP:
        raise RuleBroken("这个时段是逐家接待，请逐家叫号。", field="room")
    return slot
