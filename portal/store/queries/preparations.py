"""How far a reception day is prepared, enterprise by enterprise and matter by matter (NX-17 to NX-20)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import ACTIVE_STATES, MOVABLE_STATES, BookingState
from portal.domain.opinions import OpinionState
from portal.domain.preparing import Expected, Pressing, by_priority
from portal.domain.receiving import ReceptionMode
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.people import Unit
from portal.store.models.reception import Seat, Slot
from portal.store.queries.category_units import usual_units
from portal.store.queries.invited_units import Invited, units_invited_to
from portal.store.queries.opinions import Answer, answers_about
from portal.store.queries.told_matters import ToldMatter, matters_of_bookings


@dataclass(frozen=True, slots=True)
class PreparedMatter:
    """A matter with what units were asked about it."""

    told: ToldMatter
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class PreparedBooking:
    """An enterprise expected on the day with its matters, the units that will sit in, and those usual for its categories."""

    id: int
    version: int
    enterprise: str
    state: BookingState
    booked_at: datetime
    seat_id: int
    seat_number: int
    starts_at: time
    room: str
    mode: ReceptionMode
    matters: tuple[PreparedMatter, ...] = ()
    invited: tuple[Invited, ...] = ()
    suggested: tuple[tuple[int, str], ...] = ()
    usual: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def usual_for(self, category_code: str) -> tuple[str, ...]:
        """The units usual for one of its categories, by their short names."""
        return dict(self.usual).get(category_code, ())

    @property
    def is_movable(self) -> bool:
        """Whether its place may still be exchanged: it has not come yet, and is not part of a group."""
        return self.state in MOVABLE_STATES and self.mode is ReceptionMode.SINGLE

    @property
    def pressing(self) -> tuple[str, ...]:
        """急, 重, 难, as far as they apply to any of its matters (NX-19)."""
        found = {word for it in self.matters for word in it.told.pressing}
        return tuple(word for word in "急重难" if word in found)

    @property
    def expected(self) -> Expected:
        """The enterprise as the order of reception needs to know it."""
        return Expected(
            self.id,
            self.booked_at,
            tuple(Pressing(it.told.urgent, it.told.grave, it.told.hard) for it in self.matters),
            self.seat_id,
            self.starts_at.hour * 60 + self.starts_at.minute,
            not self.is_movable,
        )


@dataclass(frozen=True, slots=True)
class Preparation:
    """A day's enterprises, the most pressing first, and how far the preparation has got."""

    bookings: tuple[PreparedBooking, ...]

    @property
    def matters(self) -> int:
        """How many matters there are."""
        return sum(len(it.matters) for it in self.bookings)

    @property
    def checked(self) -> int:
        """How many of them have all three questions answered (NX-17)."""
        return sum(matter.told.is_checked for it in self.bookings for matter in it.matters)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every request for an opinion."""
        return tuple(answer for it in self.bookings for matter in it.matters for answer in matter.answers)

    @property
    def answered(self) -> int:
        """How many of the requests have been answered."""
        return sum(it.state is OpinionState.ANSWERED for it in self.answers)

    def overdue(self, today: date) -> int:
        """How many of the requests are overdue."""
        return sum(it.is_overdue(today) for it in self.answers)

    @property
    def unasked(self) -> int:
        """How many matters no unit was asked about."""
        return sum(not matter.answers for it in self.bookings for matter in it.matters)

    @property
    def with_units(self) -> int:
        """How many enterprises have a unit that will sit in."""
        return sum(bool(it.invited) for it in self.bookings)

    @property
    def to_suggest(self) -> int:
        """How many enterprises have units usual for their categories that were not asked to sit in."""
        return sum(bool(it.suggested) for it in self.bookings if it.state in MOVABLE_STATES)


def preparation_of_day(session: Session, day_id: int) -> Preparation:
    """Everything that is to be prepared for a day, the most pressing enterprise first, in a handful of statements."""
    rows = session.execute(
        select(
            Booking.id, Booking.version, Enterprise.name, Booking.state, Booking.booked_at, Seat.id, Seat.number,
            Slot.starts_at, Slot.room, Slot.mode,
        )
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Seat, Seat.id == Booking.seat_id)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(ACTIVE_STATES))
        .order_by(Slot.starts_at, Slot.room, Seat.number)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    told, invited = matters_of_bookings(session, ids), units_invited_to(session, ids)
    answers = answers_about(session, [it.id for matters in told.values() for it in matters])
    usual = usual_units(session, {it.category_code for matters in told.values() for it in matters})
    wanted = {it for units in usual.values() for it in units}
    names = dict(session.execute(select(Unit.id, Unit.short_name).where(Unit.id.in_(wanted))).tuples().all())
    found = [
        replace(
            PreparedBooking(*row),
            matters=tuple(PreparedMatter(it, tuple(answers.get(it.id, ()))) for it in told.get(row.id, ())),
            invited=tuple(invited.get(row.id, ())),
            usual=tuple((code, tuple(names[it] for it in ids)) for code, ids in usual.items()),
            suggested=_suggested(told.get(row.id, []), invited.get(row.id, []), usual, names),
        )
        for row in rows
    ]
    place = {it.booking_id: number for number, it in enumerate(by_priority([it.expected for it in found]))}
    return Preparation(tuple(sorted(found, key=lambda it: place[it.id])))


def _suggested(
    told: list[ToldMatter], invited: list[Invited], usual: dict[str, tuple[int, ...]], names: dict[int, str]
) -> tuple[tuple[int, str], ...]:
    there = {it.unit_id for it in invited}
    wanted = dict.fromkeys(unit_id for it in told for unit_id in usual.get(it.category_code, ()))
    return tuple((unit_id, names[unit_id]) for unit_id in wanted if unit_id not in there)
