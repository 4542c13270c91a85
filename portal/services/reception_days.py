"""One reception day: published, changed, taken off, restored, its notice and its slots (NX-02, NX-05, NX-07)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.documents.fonts import must_be_printable
from portal.domain import bookings as booking_rules
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import ENDED, DayState, advance
from portal.domain.rota import DutySeat
from portal.domain.slot_times import lay_out_slots
from portal.domain.visitor_news import Occasion
from portal.services import day_news, group_news
from portal.services.booking_matters import withdraw_with_booking
from portal.services.places import end_booking, follow_slots
from portal.services.telling import tell_visitors
from portal.services.waiting_list import offer_free_places
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.reception import DutyTurn, ReceptionDay, Seat, Slot
from portal.store.queries.office import office_rules

SHORTEST_REASON = 4
LONGEST_REASON = 150
MOST_SEATS = 50
DAY_CANCELLED = "接待日取消："
CHANGED = "您打开页面之后，别人已修改这个接待日。请重新打开查看最新内容，再作修改。"
NOT_YET_HERE = (BookingState.PENDING, BookingState.CONFIRMED, BookingState.WAITING, BookingState.OFFERED)


def publish_day(session: Session, day_id: int, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Publish a planned day; it must have a main receiver and places to book (NX-02, NX-04)."""
    must(actor, Action.PUBLISH_DAY)
    day = day_to_change(session, day_id, version)
    state = advance(day.state, DayState.PUBLISHED)
    main = select(DutyTurn.id).where(DutyTurn.reception_day_id == day_id, DutyTurn.seat == DutySeat.MAIN)
    seats = select(Seat.id).join(Slot, Slot.id == Seat.slot_id).where(Slot.reception_day_id == day_id)
    if session.scalar(main.limit(1)) is None:
        raise RuleBroken("还没有安排主接待领导，不能发布。请先到“轮值安排”排班或指定主接待。", field="state")
    if session.scalar(seats.limit(1)) is None:
        raise RuleBroken("还没有可预约的时段，不能发布。请先增加时段。", field="state")
    day.state = state
    day.published_at = now
    day.sequence += 1
    record(session, actor, now, "day_published", day, summary=f"发布接待日{dated(day.day)}")
    group_news.day_is_published(session, day, now=now)
    return day


def withdraw_day(session: Session, day_id: int, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Take a published day back to planning; its bookings and duty stay."""
    must(actor, Action.PUBLISH_DAY)
    day = day_to_change(session, day_id, version)
    if day.state is not DayState.PUBLISHED:
        raise RuleBroken(f"接待日现为“{day.state.label}”，只有已发布的才能撤回发布。", field="state")
    day.state = advance(day.state, DayState.PLANNED)
    day.published_at = None
    day.sequence += 1
    record(session, actor, now, "day_withdrawn", day, summary=f"撤回发布接待日{dated(day.day)}")
    return day


def mark_noticed(session: Session, day_id: int, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Note that the notice of a published day is public as the day stands now; a later change makes it out of date."""
    must(actor, Action.PUBLISH_DAY)
    day = day_to_change(session, day_id, version)
    if day.state is not DayState.PUBLISHED:
        raise RuleBroken(f"接待日现为“{day.state.label}”，先发布接待日，再公布通告。", field="state")
    if day.noticed_sequence == day.sequence:
        raise RuleBroken("通告已标记公布，接待日此后没有变动，无需重复。", field="state")
    again = "重新" if day.noticed_sequence is not None else ""
    day.noticed_at, day.noticed_sequence = now, day.sequence
    record(session, actor, now, "day_noticed", day, summary=f"{again}公布接待通告：{dated(day.day)}接待日")
    return day


def take_off(session: Session, day: ReceptionDay, reason: str, *, actor: Actor, now: datetime) -> int:
    """Cancel a day once that is settled: bookings that stand or wait go with it, the duty no longer counts.

    Answers how many bookings went; raises RuleBroken when somebody has already been received.
    """
    state = advance(day.state, DayState.CANCELLED)
    standing = session.scalars(
        select(Booking)
        .where(Booking.reception_day_id == day.id, Booking.state.in_(booking_rules.STANDING_STATES))
        .order_by(Booking.id)
    ).all()
    for booking in standing:
        if booking.state not in NOT_YET_HERE:
            raise RuleBroken("当日已有企业到访，不能取消。请照常结束当日接待。", field="state")
        end_booking(session, booking, booking_rules.advance(booking.state, BookingState.CANCELLED))
        booking.ended_reason = f"{DAY_CANCELLED}{reason}"[:200]
        withdraw_with_booking(session, booking, actor=actor, now=now)
        record(session, actor, now, "booking_cancelled", booking, summary="接待日取消，预约随之取消")
    published = day.state is DayState.PUBLISHED
    day.state, day.ended_reason, day.published_at = state, reason, None
    day.sequence += 1
    tell_visitors(session, [it.id for it in standing], Occasion.DAY_CANCELLED, now=now)
    if published:
        group_news.day_is_cancelled(session, day, now=now)
    summary = f"取消接待日{dated(day.day)}：{reason}"
    record(session, actor, now, "day_cancelled", day, summary=summary, bookings=len(standing))
    return len(standing)


def restore_day(session: Session, day_id: int, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Take a cancelled day up again as planned, with its slots and duty; cancelled bookings do not come back."""
    must(actor, Action.PLAN_DAYS)
    day = day_to_change(session, day_id, version)
    if day.state is not DayState.CANCELLED:
        raise RuleBroken(f"接待日现为“{day.state.label}”，只有已取消的才能恢复。", field="state")
    day.state = advance(day.state, DayState.PLANNED)
    day.ended_reason = ""
    day.sequence += 1
    record(session, actor, now, "day_restored", day, summary=f"恢复接待日{dated(day.day)}")
    return day


def change_day(
    session: Session,
    day_id: int,
    *,
    venue: str,
    starts_at: time,
    theme: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> ReceptionDay:
    """Change place, beginning or theme of a day; a new beginning moves every slot by the same minutes (NX-05, NX-07).

    Whoever was told another place or hour hears of it. Raises RuleBroken on `starts_at` when a slot would leave the day.
    """
    must(actor, Action.PLAN_DAYS)
    day = _open_day(session, day_id, version)
    refuse(venue_problems(venue))
    must_be_printable(venue, field="venue")
    must_be_printable(theme, field="theme")
    before = (day.venue, day.starts_at, day.theme)
    if before == (venue.strip(), starts_at, theme.strip()):
        return day
    minutes, told = _minutes(starts_at) - _minutes(day.starts_at), day_news.times_told(session, day, now=now)
    _shift_slots(session, day_id, minutes)
    day.venue, day.starts_at, day.theme = venue.strip(), starts_at, theme.strip()
    day.sequence += 1
    record(
        session,
        actor,
        now,
        "day_changed",
        day,
        summary=f"修改接待日{dated(day.day)}：{day.venue}，{starts_at:%H:%M} 开始",
        before=[before[0], f"{before[1]:%H:%M}", before[2]],
    )
    if before[:2] != (day.venue, day.starts_at):
        session.flush()
        day_news.tell_of_change(session, day, told, later=bool(minutes), now=now)
    return day


def add_slot(
    session: Session,
    day_id: int,
    *,
    starts_at: time,
    minutes: int,
    seats: int = 1,
    room: str = "",
    mode: ReceptionMode = ReceptionMode.SINGLE,
    theme: str = "",
    version: int,
    actor: Actor,
    now: datetime,
) -> Slot:
    """Add a slot that keeps the office's pause to the others of its room; one given up at the same minute comes back.

    Its places are offered to those who wait for the day.
    """
    must(actor, Action.PLAN_DAYS)
    day = _open_day(session, day_id, version)
    room = room.strip()
    refuse(seat_problems(seats))
    (span,) = lay_out_slots(starts_at, minutes, 1)
    slots, gap = _slots(session, day_id), office_rules(session).gap_minutes
    for slot in slots:
        if not slot.seats or slot.room != room:
            continue
        there = f"{slot.starts_at:%H:%M}—{slot.ends_at:%H:%M}"
        if slot.starts_at < span.ends and span.starts < slot.ends_at:
            raise RuleBroken(f"与已有时段 {there} 重叠，请错开时间，或填写另一间接待室。", field="starts_at")
        pause = max(_minutes(slot.starts_at) - _minutes(span.ends), _minutes(span.starts) - _minutes(slot.ends_at))
        if pause < gap:
            message = f"与已有时段 {there} 之间只隔 {pause} 分钟，按工作设置须间隔 {gap} 分钟，请错开。"
            raise RuleBroken(message, field="starts_at")
    slot = next((it for it in slots if (it.starts_at, it.room) == (span.starts, room)), None) or Slot(
        reception_day_id=day_id, starts_at=span.starts, room=room, seats=[]
    )
    slot.ends_at, slot.mode, slot.theme = span.ends, mode, theme.strip()
    slot.seats = [Seat(number=number + 1) for number in range(seats)]
    session.add(slot)
    day.sequence += 1  # a change of a slot is a change of its day, so that two people do not overwrite each other
    summary = f"{dated(day.day)}增加 {span.starts:%H:%M} 时段，{seats} 个名额"
    record(session, actor, now, "slot_added", day, summary=summary)
    session.flush()
    offer_free_places(session, day_id, actor=actor, now=now)
    return slot


def remove_slot(session: Session, day_id: int, slot_id: int, *, version: int, actor: Actor, now: datetime) -> None:
    """Take a slot away that nobody has booked; one with ended bookings only loses its places, its record stays.

    Raises RuleBroken for a slot with a standing booking, Conflict when somebody books it at this moment.
    """
    must(actor, Action.PLAN_DAYS)
    day = _open_day(session, day_id, version)
    slot = next((it for it in _slots(session, day_id) if it.id == slot_id), None)
    if slot is None or not slot.seats:
        raise NotFound("没有找到这个时段，可能已被删去。")
    starts = slot.starts_at
    states = session.execute(select(Booking.seat_id).where(Booking.slot_id == slot_id)).scalars().all()
    if any(seat is not None for seat in states):
        raise RuleBroken(f"{starts:%H:%M} 时段已有预约，不能删去。请先改约或取消该预约。", field="slot")
    only_this = (Booking.slot_id == slot_id, Booking.state == BookingState.WAITING, Booking.any_slot.is_(False))
    if session.scalar(select(Booking.id).where(*only_this).limit(1)) is not None:
        raise RuleBroken(f"还有企业只候补 {starts:%H:%M} 时段，不能删去。请先取消该候补或另约时间。", field="slot")
    try:
        if states:
            slot.seats = []
        else:
            session.delete(slot)
        day.sequence += 1  # a change of a slot is a change of its day, so that two people do not overwrite each other
        session.flush()
    except IntegrityError:
        raise Conflict(f"{starts:%H:%M} 时段刚刚被预约，没有删去。请刷新页面查看。", field="slot") from None
    record(session, actor, now, "slot_removed", day, summary=f"{dated(day.day)}删去 {starts:%H:%M} 时段")


def venue_problems(venue: str) -> list[Problem]:
    """What is wrong with a place; empty when it will do."""
    if not venue.strip():
        return [Problem("venue", "请填写接待地点。")]
    return [Problem("venue", "地点最多 120 个字，请精简。")] if len(venue.strip()) > 120 else []


def seat_problems(seats: int) -> list[Problem]:
    """What is wrong with a number of places a slot; empty when it will do."""
    if 1 <= seats <= MOST_SEATS:
        return []
    return [Problem("seats", f"每个时段的名额应为 1 至 {MOST_SEATS} 个。")]


def reason_problems(reason: str, act: str) -> list[Problem]:
    """What is wrong with the reason for an act; empty when it will do."""
    if len(reason) < SHORTEST_REASON:
        return [Problem("reason", f"{act}须写明理由，不少于 {SHORTEST_REASON} 个字。")]
    return [Problem("reason", f"理由最多 {LONGEST_REASON} 个字，请精简。")] if len(reason) > LONGEST_REASON else []


def day_to_change(session: Session, day_id: int, version: int | None) -> ReceptionDay:
    """The day, held until this transaction ends and still as the person saw it. Raises NotFound, Conflict."""
    day = session.get(ReceptionDay, day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound("没有找到这个接待日。")
    if version is not None and day.version != version:
        raise Conflict(CHANGED)
    return day


def _open_day(session: Session, day_id: int, version: int) -> ReceptionDay:
    day = day_to_change(session, day_id, version)
    if day.state in ENDED:
        raise RuleBroken(f"接待日{day.state.label}，不能再修改。", field="state")
    return day


def _slots(session: Session, day_id: int) -> Sequence[Slot]:
    statement = select(Slot).where(Slot.reception_day_id == day_id).order_by(Slot.starts_at, Slot.id)
    return session.scalars(statement.options(selectinload(Slot.seats))).all()


def _shift_slots(session: Session, day_id: int, minutes: int) -> None:
    """Move every slot; the outermost goes first, because two slots may not start at the same minute for a moment."""
    if not minutes:
        return
    slots = list(_slots(session, day_id))
    if slots and not (
        _minutes(slots[0].starts_at) + minutes >= 0 and max(_minutes(it.ends_at) for it in slots) + minutes < 24 * 60
    ):
        raise RuleBroken("按新的开始时间，有时段会超出当天，请另选开始时间。", field="starts_at")
    for slot in slots if minutes < 0 else reversed(slots):
        slot.starts_at, slot.ends_at = _later(slot.starts_at, minutes), _later(slot.ends_at, minutes)
        session.flush()
    follow_slots(session, day_id)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _later(at: time, minutes: int) -> time:
    total = _minutes(at) + minutes
    return time(total // 60, total % 60)


def dated(day: date) -> str:
    """2026年12月15日, as the audit trail writes it."""
    return f"{day.year}年{day.month}月{day.day}日"
