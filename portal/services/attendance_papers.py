"""Whom to telephone before a reception day, and who is expected to sign in on it (NX-20)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.day_sheets import PhoneLine, PhoneSheet, SignInLine, SignInSheet, SignInUnit
from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.masking import mask_phone
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import day_text
from portal.services.paper_heads import around, hours_of, must_stand
from portal.store.audit_trail import record
from portal.store.models.reception import ReceptionDay
from portal.store.queries.day_papers import PlacedBooking, UnitToCome, placed_bookings, units_to_come
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow

EXPECTED = (
    BookingState.CONFIRMED,
    BookingState.ARRIVED,
    BookingState.FINISHED,
    BookingState.LEFT,
    BookingState.NO_SHOW,
)
"""Who is on the confirmed list of a day; what became of it on the day takes nobody off the list."""


def phone_sheet(session: Session, day: DayRow, *, actor: Actor, now: datetime, full: bool = False) -> PhoneSheet:
    """Everybody to telephone for a day, numbers masked unless `full`; whoever takes them in full is written down.

    Raises RuleBroken for a cancelled day, whose own call list is another page, and for a day without a booking.
    """
    must(actor, Action.REVIEW_BOOKING)
    must_stand(day, "电话通知单")
    found = placed_bookings(session, day.id)
    if not found:
        raise RuleBroken("当日还没有企业预约，没有可通知的企业。请先登记预约，再打印电话通知单。")
    if full:
        _note_seen(session, day, len(found), actor=actor, now=now)
    rules = office_rules(session)
    return PhoneSheet(
        lines=tuple(_phone_line(it, full=full) for it in found),
        in_full=full,
        **around(day, rules, now),
    )


def sign_in_list(session: Session, day: DayRow, *, actor: Actor, now: datetime) -> SignInSheet:
    """Who is expected on a day, enterprises by their places and units in the district's order; blank rows follow.

    A day without anybody still has its sheet, as people may come without a booking. Raises RuleBroken for a cancelled day.
    """
    must(actor, Action.CHECK_IN)
    must_stand(day, "签到表")
    found = placed_bookings(session, day.id)
    expected = {it.id: it for it in found if it.state in EXPECTED}
    pending = sum(it.state in (BookingState.PENDING, BookingState.OFFERED) for it in found)
    rules = office_rules(session)
    return SignInSheet(
        lines=tuple(_sign_in_line(it) for it in expected.values()),
        units=_units(units_to_come(session, day.id), expected),
        note=f"另有{pending}家尚未确认，未列入；确认后请重新打印。" if pending else "",
        **around(day, rules, now),
    )


def _note_seen(session: Session, day: DayRow, enterprises: int, *, actor: Actor, now: datetime) -> None:
    must(actor, Action.SEE_PERSONAL_DATA)
    target = session.get(ReceptionDay, day.id)
    if target is None:
        raise NotFound("没有找到这个接待日。")
    summary = f"打开{day_text(day.day)}接待日的电话通知单（{enterprises}家完整电话）"
    record(session, actor, now, "personal_data_seen", target, summary=summary)


def _phone_line(it: PlacedBooking, *, full: bool) -> PhoneLine:
    return PhoneLine(
        place=str(it.number) if it.number else "候补",
        hours=hours_of(it),
        enterprise=it.enterprise,
        visitor="　".join(filter(None, (it.visitor_name, it.visitor_post))),
        phone=it.visitor_phone if full else mask_phone(it.visitor_phone),
        remark="" if it.state in (BookingState.CONFIRMED, BookingState.WAITING) else it.state.label,
    )


def _sign_in_line(it: PlacedBooking) -> SignInLine:
    return SignInLine(
        number=it.number or 0,
        hours=hours_of(it),
        enterprise=it.enterprise,
        visitor=it.visitor_name,
        post=it.visitor_post or it.identity.label,
        persons=1 + len(it.companions),
    )


def _units(rows: Sequence[UnitToCome], expected: dict[int, PlacedBooking]) -> tuple[SignInUnit, ...]:
    numbers: dict[str, list[int]] = {}
    for row in rows:
        if row.booking_id in expected:
            numbers.setdefault(row.name, []).append(expected[row.booking_id].number or 0)
    return tuple(SignInUnit(name=name, numbers=tuple(sorted(given))) for name, given in numbers.items())
