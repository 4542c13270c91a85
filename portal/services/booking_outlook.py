"""How a booking stands while its form is being filled in: whether it may be, and what is left (look: 预约表单)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.booking_window import BookingWindow, window_of
from portal.domain.bookings import STANDING_STATES, BookingState, Identity, Origin
from portal.domain.errors import Problem
from portal.domain.office import OfficeRules
from portal.services import enterprises
from portal.services.booking_orders import BookingOrder, eligibility, order_problems
from portal.services.booking_windows import booking_window_problems
from portal.services.calendars import calendar_now
from portal.services.enterprises import EnterpriseGiven, OnFile
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay
from portal.store.queries.slots import OpenSlot, free_slots, slots_to_book
from portal.store.queries.waiting_list import waiting_count


@dataclass(frozen=True, slots=True)
class SaidSoFar:
    """What a form says already; blanks are not known yet."""

    slot_id: int | None
    enterprise: EnterpriseGiven
    origin: Origin
    form_token: str = ""


@dataclass(frozen=True, slots=True)
class StandingBooking:
    """The booking an enterprise has on the day already."""

    id: int
    state: BookingState


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the side panel says: the day's places and caps, its window, whether this enterprise may be received.

    `other_slots` are what is free on the days after, once this one has no place left. `groups_left` and `matters_left` are
    None where the day has no such cap. `is_judged` tells whether enough is known of the enterprise to say that it may come;
    `reasons` names the fields of the form that have to say why, as far as can be told yet.
    """

    day: date
    slots: Sequence[OpenSlot]
    slot: OpenSlot | None
    other_slots: Sequence[OpenSlot]
    groups_left: int | None
    matters_left: int | None
    waiting: int
    window: BookingWindow
    closed: str
    is_judged: bool
    eligibility: tuple[Problem, ...]
    standing: StandingBooking | None
    reasons: frozenset[str]

    @property
    def free(self) -> int:
        """Places somebody can still have on that day."""
        free = sum(it.free for it in self.slots)
        return free if self.groups_left is None else max(min(free, self.groups_left), 0)


def outlook(session: Session, day_id: int, said: SaidSoFar, rules: OfficeRules, *, now: datetime) -> Outlook:
    """How things stand for a form on a day, nothing being taken or written."""
    day = session.get_one(ReceptionDay, day_id)
    slots = slots_to_book(session, day_id, now=now, token=said.form_token or None)
    closed = booking_window_problems(session, day, rules, said.origin, "", now=now)
    groups = day.most_groups - day.groups_booked if day.most_groups else None
    matters = day.most_matters - day.matters_booked if day.most_matters else None
    known = enterprises.on_file(session, said.enterprise)
    given = enterprises.completed(known, said.enterprise)
    unfit = eligibility(given, rules, identity=Identity.LEGAL_REPRESENTATIVE, has_letter=True, override_reason="")
    standing = _standing(session, day_id, known)
    is_full = groups == 0 or all(it.free <= 0 for it in slots)
    reasons = {
        "urgent_reason": any(it.field == "urgent_reason" for it in closed),
        "override_reason": bool(unfit),
        "again_reason": standing is not None,
        "over_limit_reason": groups == 0 or matters == 0,
    }
    return Outlook(
        day=day.day,
        slots=slots,
        slot=next((it for it in slots if it.id == said.slot_id), None),
        other_slots=free_slots(session, day.day, now=now) if is_full else (),
        groups_left=groups,
        matters_left=matters,
        waiting=waiting_count(session, day_id),
        window=window_of(day.day, rules, calendar_now(session), now.astimezone(ZONE)),
        closed=closed[0].message if closed else "",
        is_judged=bool(given.name.strip() and given.registered_place.strip()),
        eligibility=tuple(unfit),
        standing=standing,
        reasons=frozenset(name for name, wanted in reasons.items() if wanted),
    )


def _standing(session: Session, day_id: int, known: OnFile) -> StandingBooking | None:
    if known.by_name is None:
        return None
    its = (Booking.enterprise_id == known.by_name.id, Booking.state.in_(STANDING_STATES))
    row = session.execute(
        select(Booking.id, Booking.state)
        .where(Booking.reception_day_id == day_id, *its)
        .order_by(Booking.day_ordinal)
        .limit(1)
    ).first()
    return StandingBooking(*row) if row else None


def form_problems(
    session: Session, order: BookingOrder, day_id: int, rules: OfficeRules, *, now: datetime
) -> list[Problem]:
    """Everything a form of a day can be told at once: what is wrong with it, and that its day takes no bookings now."""
    day = session.get_one(ReceptionDay, day_id)
    closed = booking_window_problems(session, day, rules, order.origin, order.urgent_reason, now=now)
    return [*closed, *order_problems(session, order, rules)]
