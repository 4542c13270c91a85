"""Calls to make: by day and enterprise, with whom to ask for and what to say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, select
from sqlalchemy.orm import Session

from portal.domain.masking import mask_phone
from portal.domain.messages import Channel, MessageState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.messages import Message
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.paging import Page, Wanted, page_of

CALL_SORTS = ("day", "at")
ON_ONE_LIST = 200


@dataclass(frozen=True, slots=True)
class CallRow:
    """One enterprise to be told something by telephone; the number is masked."""

    id: int
    booking_id: int
    day: date
    starts_at: time
    enterprise: str
    visitor: str
    phone: str
    subject: str
    body: str
    made_at: datetime
    state: MessageState
    attempts: int
    sent_at: datetime | None
    done_by: str
    remark: str
    error: str


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are asked for: in a state (None: all), of one day, from a day on, with a text in the enterprise's name."""

    state: MessageState | None = MessageState.WAITING
    day: date | None = None
    q: str = ""


def calls(session: Session, wanted: Wanted, asked: CallFilter) -> Page[CallRow]:
    """One page of calls, in two statements."""
    keys: dict[str, ColumnElement[Any]] = {"day": _by_day(), "at": Message.made_at.expression}
    page = page_of(session, _calls(asked), wanted, keys=keys, identity=Message.id.expression)
    return replace(page, rows=[_row(row) for row in page.rows])


def call_rows(session: Session, asked: CallFilter) -> Sequence[CallRow]:
    """The calls of one printed list, by day and hour."""
    statement = _calls(asked).order_by(_by_day(), Message.id).limit(ON_ONE_LIST)
    return [_row(row) for row in session.execute(statement)]


def days_of_calls(session: Session) -> Sequence[date]:
    """The days for which there are calls to make, the next first."""
    statement = (
        select(ReceptionDay.day)
        .join(Booking, Booking.reception_day_id == ReceptionDay.id)
        .join(Message, Message.booking_id == Booking.id)
        .where(Message.channel == Channel.CALL, Message.state == MessageState.WAITING)
    )
    return session.scalars(statement.distinct().order_by(ReceptionDay.day)).all()


def calls_to_make(session: Session) -> int:
    """How many calls wait."""
    waiting = (Message.state == MessageState.WAITING, Message.channel == Channel.CALL)
    return session.scalar(select(func.count()).select_from(Message).where(*waiting)) or 0


def _by_day() -> ColumnElement[str]:
    """Day, hour and enterprise in one text, so that both engines page by it."""
    parts = (cast(ReceptionDay.day, String), cast(Slot.starts_at, String), Enterprise.name)
    return parts[0].concat(" ").concat(parts[1]).concat(" ").concat(parts[2])


def _calls(asked: CallFilter) -> Select[tuple[object, ...]]:
    statement = (
        select(
            Message.id, Booking.id.label("booking_id"), ReceptionDay.day, Slot.starts_at, Enterprise.name,
            Booking.visitor_name, Booking.visitor_phone, Message.subject, Message.body, Message.made_at, Message.state,
            Message.attempts, Message.sent_at, Message.done_by, Message.remark, Message.error,
        )
        .join(Booking, Booking.id == Message.booking_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Message.channel == Channel.CALL)
    )  # fmt: skip
    if asked.state is not None:
        statement = statement.where(Message.state == asked.state)
    if asked.day is not None:
        statement = statement.where(ReceptionDay.day == asked.day)
    if asked.q:
        statement = statement.where(Enterprise.name.contains(asked.q, autoescape=True))
    return statement


def _row(row: Sequence[object]) -> CallRow:
    found = CallRow(*row)  # type: ignore[arg-type]
    return replace(found, phone=mask_phone(found.phone))
