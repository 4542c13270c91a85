"""Reception days: what is planned, who serves, how full they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.reception_days import ENDED, DayState
from portal.domain.rota import DutySeat
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.duty import TurnRow, places, turns_of_days

COMING, PAST, ALL = "coming", "past", "all"
"""A day in one of these states no longer waits for anybody."""

SORTS = ("day", "venue", "booked")
EXPORTED = 5_000


@dataclass(frozen=True, slots=True)
class DayRow:
    """A reception day with its duty; `booked` of `capacity` seats are held."""

    id: int
    day: date
    state: DayState
    venue: str
    starts_at: time
    theme: str
    version: int
    capacity: int
    booked: int
    turns: tuple[TurnRow, ...] = ()

    def seated(self, seat: DutySeat) -> tuple[TurnRow, ...]:
        """The leaders in one seat, by position."""
        return tuple(turn for turn in self.turns if turn.seat is seat)

    def empty_places(self, wanted: Sequence[str]) -> tuple[tuple[DutySeat, int], ...]:
        """The places nobody holds yet, of the seats the office wants filled; none once the day has ended."""
        if self.state in ENDED:
            return ()
        held = {(turn.seat, turn.position) for turn in self.turns}
        return tuple(place for place in places(wanted) if place not in held)

    def missing(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The empty places in words: 缺主接待, 缺参加 2 人."""
        empty = [seat for seat, _ in self.empty_places(wanted)]
        return tuple(
            f"缺{seat.label}" + (f" {empty.count(seat)} 人" if empty.count(seat) > 1 else "")
            for seat in DutySeat
            if seat in empty
        )


@dataclass(frozen=True, slots=True)
class DayFile:
    """Everything a reception day's own page says of the day itself."""

    row: DayRow
    rule: str
    why: str
    ended_reason: str
    noticed_at: datetime | None
    noticed_sequence: int | None
    sequence: int

    @property
    def notice_holds(self) -> bool:
        """Whether a notice is public and the day has not changed since."""
        return self.noticed_sequence == self.sequence


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One place of a slot, and the enterprise that holds it; until `held_until` a form keeps it, if nobody has it."""

    id: int
    number: int
    booking_id: int | None = None
    state: BookingState | None = None
    enterprise: str = ""
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot with its places."""

    id: int
    starts_at: time
    ends_at: time
    room: str
    seats: tuple[SeatRow, ...]

    @property
    def is_free(self) -> bool:
        """Whether nobody holds a place of it."""
        return all(seat.booking_id is None for seat in self.seats)


@dataclass(frozen=True, slots=True)
class DaySummary:
    """What the workbench says of a day: its duty, how many slots are full, what still waits for review."""

    day: DayRow
    slots: int
    slots_taken: int
    pending: int


def _days() -> Select[Any]:
    capacity = (
        select(func.count(Seat.id))
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Slot.reception_day_id == ReceptionDay.id)
        .scalar_subquery()
    )
    return select(
        ReceptionDay.id,
        ReceptionDay.day,
        ReceptionDay.state,
        ReceptionDay.venue,
        ReceptionDay.starts_at,
        ReceptionDay.theme,
        ReceptionDay.version,
        capacity.label("capacity"),
        _booked().label("booked"),
    )


def _booked() -> Any:
    """Seats held that day; a no-show held one too."""
    return (
        select(func.count(Booking.id))
        .where(Booking.reception_day_id == ReceptionDay.id, Booking.seat_id.is_not(None))
        .scalar_subquery()
    )


_DAYS = _days()
_BETWEEN = _DAYS.where(ReceptionDay.day >= bindparam("first"), ReceptionDay.day <= bindparam("last")).order_by(
    ReceptionDay.day
)
_ON = _DAYS.where(ReceptionDay.day == bindparam("day"))
_NEXT = (
    select(ReceptionDay.day)
    .where(ReceptionDay.day >= bindparam("today"), ReceptionDay.state != DayState.CANCELLED)
    .order_by(ReceptionDay.day)
    .limit(1)
)
"""Built once: putting a statement together costs as much as running it, and the calendar asks these most."""


def next_reception_day(session: Session, today: date) -> date | None:
    """The coming reception day, today included, that has not been cancelled."""
    return session.scalar(_NEXT, {"today": today})


def days_between(
    session: Session, first: date, last: date | None = None, *, reasons: bool = False
) -> tuple[DayRow, ...]:
    """The reception days of a span with their duty, both ends included, in two statements; `last` None is open."""
    rows = session.execute(_BETWEEN, {"first": first, "last": last or date.max}).all()
    return _with_turns(session, rows, reasons=reasons)


def days_numbered(session: Session, ids: Iterable[int]) -> tuple[DayRow, ...]:
    """Some reception days by their ids, in order of date, with their duty; those that are gone are left out."""
    rows = session.execute(_DAYS.where(ReceptionDay.id.in_(list(ids))).order_by(ReceptionDay.day)).all()
    return _with_turns(session, rows)


def day_on(session: Session, day: date) -> DayRow:
    """The reception day on a date, with its duty and the reasons for it. Raises NotFound."""
    rows = session.execute(_ON, {"day": day}).all()
    if not rows:
        raise NotFound(f"{day.year}年{day.month}月{day.day}日不是接待日。请从接待日列表或日历进入。")
    return _with_turns(session, rows, reasons=True)[0]


def day_file(session: Session, day: date) -> DayFile:
    """The reception day on a date with its rule and the reason why it falls there. Raises NotFound."""
    row = day_on(session, day)
    further = session.execute(
        select(
            ReceptionDay.rule,
            ReceptionDay.why,
            ReceptionDay.ended_reason,
            ReceptionDay.noticed_at,
            ReceptionDay.noticed_sequence,
            ReceptionDay.sequence,
        ).where(ReceptionDay.id == row.id)
    ).one()
    return DayFile(row, *further)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A coming day as far as its notice goes."""

    day: date
    state: DayState
    noticed_sequence: int | None
    sequence: int


def coming_notices(session: Session, first: date, last: date) -> Sequence[NoticeRow]:
    """The days of a span, both ends included, that are still to be held, with what is known of their notice."""
    rows = session.execute(
        select(ReceptionDay.day, ReceptionDay.state, ReceptionDay.noticed_sequence, ReceptionDay.sequence)
        .where(ReceptionDay.day.between(first, last), ReceptionDay.state.in_((DayState.PLANNED, DayState.PUBLISHED)))
        .order_by(ReceptionDay.day)
    )
    return [NoticeRow(*row) for row in rows]


def day_summary(session: Session, day: date) -> DaySummary | None:
    """The reception day on a date in short, or None if there is none."""
    rows = session.execute(_DAYS.where(ReceptionDay.day == day)).all()
    if not rows:
        return None
    row = _with_turns(session, rows)[0]
    slots, taken, pending = session.execute(
        select(
            select(func.count(Slot.id))
            .where(Slot.reception_day_id == row.id, select(Seat.id).where(Seat.slot_id == Slot.id).exists())
            .scalar_subquery(),
            select(func.count(Booking.slot_id.distinct()))
            .where(Booking.reception_day_id == row.id, Booking.seat_id.is_not(None))
            .scalar_subquery(),
            select(func.count(Booking.id))
            .where(Booking.reception_day_id == row.id, Booking.state == BookingState.PENDING)
            .scalar_subquery(),
        )
    ).one()
    return DaySummary(row, slots, taken, pending)


def reception_days(
    session: Session, wanted: Wanted, *, span: str, today: date, state: DayState | None = None
) -> Page[DayRow]:
    """One page of the list: the days to come, those past, or all, optionally in one state; three statements."""
    keys = {"day": ReceptionDay.day, "venue": ReceptionDay.venue, "booked": _booked()}
    page = page_of(session, _listed(span, today, state), wanted, keys=keys, identity=ReceptionDay.id.expression)
    return Page(_with_turns(session, page.rows), page.wanted, page.next_key, page.previous_key, page.total)


def all_reception_days(
    session: Session, *, span: str, today: date, state: DayState | None = None
) -> tuple[DayRow, ...]:
    """The whole list in order of date, for a spreadsheet; two statements, at most 5,000 days."""
    rows = session.execute(_listed(span, today, state).order_by(ReceptionDay.day).limit(EXPORTED)).all()
    return _with_turns(session, rows)


def _listed(span: str, today: date, state: DayState | None) -> Select[Any]:
    statement = _DAYS
    if span == COMING:
        statement = statement.where(ReceptionDay.day >= today)
    elif span == PAST:
        statement = statement.where(ReceptionDay.day < today)
    return statement if state is None else statement.where(ReceptionDay.state == state)


def slots_of_day(session: Session, day_id: int) -> tuple[SlotRow, ...]:
    """The slots of a day with every place and who holds it, in one statement; slots without places are left out."""
    rows = session.execute(
        select(
            Slot.id, Slot.starts_at, Slot.ends_at, Slot.room,
            Seat.id, Seat.number, Booking.id, Booking.state, Enterprise.name, Seat.held_until,
        )
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, Booking.seat_id == Seat.id)
        .outerjoin(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Slot.reception_day_id == day_id)
        .order_by(Slot.starts_at, Slot.room, Slot.id, Seat.number)
    )  # fmt: skip
    slots: dict[int, SlotRow] = {}
    for slot_id, starts, ends, room, seat_id, number, booking_id, state, enterprise, held_until in rows:
        slot = slots.get(slot_id) or SlotRow(slot_id, starts, ends, room, ())
        held = SeatRow(seat_id, number, booking_id, state, enterprise or "", held_until)
        slots[slot_id] = replace(slot, seats=(*slot.seats, held))
    return tuple(slots.values())


def invited_bookings(session: Session, day_id: int, unit_id: int) -> frozenset[int]:
    """The bookings of a day that a unit was asked to sit in on (NX-06)."""
    found = session.scalars(
        select(Booking.id)
        .join(InvitedUnit, InvitedUnit.booking_id == Booking.id)
        .where(Booking.reception_day_id == day_id, InvitedUnit.unit_id == unit_id)
    )
    return frozenset(found)


def usual_venue(session: Session, federation: str) -> str:
    """Where a new day would take place: where the latest one does, else the federation's own room (NX-07)."""
    last = session.scalar(select(ReceptionDay.venue).order_by(ReceptionDay.day.desc()).limit(1))
    return last or f"{federation}会议室"


def _with_turns(session: Session, rows: Iterable[Any], *, reasons: bool = False) -> tuple[DayRow, ...]:
    days = [DayRow(*row) for row in rows]
    turns = turns_of_days(session, [day.id for day in days], reasons=reasons)
    return tuple(replace(day, turns=turns.get(day.id, ())) for day in days)
