"""Plain functions that build records with sensible defaults; a test names only what matters to it."""

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import count
from typing import Any

from portal.clock import ZONE
from portal.domain.accounts import AccountState
from portal.domain.bookings import ACTIVE_STATES, BookingState, Identity, Origin
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.units import UnitKind
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Account, AccountLeader, Leader, Portfolio, Post, Unit
from portal.store.models.reception import DutyTurn, ReceptionDay, Seat, Slot

PASSWORD = "Anlan-2026-test"
_numbers = count(1)


def a_unit(**given: Any) -> Unit:
    """A district department."""
    number = next(_numbers)
    return Unit(
        **{
            "name": f"安澜区第{number}局",
            "short_name": f"{number}局",
            "kind": UnitKind.DEPARTMENT,
            "initials": f"d{number}j",
        }
        | given
    )


def an_account(role: Role, *, serves: Sequence[Leader] = (), **given: Any) -> Account:
    """An open account that nobody signs in with."""
    number = next(_numbers)
    return Account(
        **{
            "username": f"{role.value}{number}",
            "display_name": f"{role.label}{number}",
            "password_hash": "-",
            "role": role,
            "state": AccountState.ACTIVE,
            "created_at": datetime(2026, 1, 5, 9, 0, tzinfo=ZONE),
            "password_changed_at": datetime(2026, 1, 5, 9, 0, tzinfo=ZONE),
            "serves": [AccountLeader(leader_id=leader.id) for leader in serves],
        }
        | given
    )


def a_leader(**given: Any) -> Leader:
    """A leader in office since 2025, holding one post."""
    number = next(_numbers)
    post = given.pop("post", f"副区长{number}")
    fields = given.pop("fields", ())
    since = given.pop("since", date(2025, 1, 1))
    return Leader(
        **{
            "name": f"领导{number}",
            "initials": f"ld{number}",
            "position": number,
            "serves_from": since,
            "posts": [Post(title=post, starts_on=since)],
            "portfolios": [Portfolio(field=field, starts_on=since) for field in fields],
        }
        | given
    )


def an_enterprise(**given: Any) -> Enterprise:
    """A private enterprise registered in the district."""
    number = next(_numbers)
    return Enterprise(
        **{
            "name": f"安澜示例企业{number}有限公司",
            "initials": f"alslqy{number}yxgs",
            "registered_place": "云山市安澜区",
        }
        | given
    )


def a_reception_day(**given: Any) -> ReceptionDay:
    """A published day with slots from nine o'clock on; `slots` and `seats` say how many."""
    slots, seats = given.pop("slots", 2), given.pop("seats", 1)
    return ReceptionDay(
        **{
            "day": date(2026, 12, 15),
            "state": DayState.PUBLISHED,
            "venue": "区工商联会议室",
            "starts_at": time(9, 0),
            "rule": "monthday:15",
            "why": "每月15日",
            "slots": [
                Slot(
                    starts_at=time(9 + number, 0),
                    ends_at=time(9 + number, 40),
                    room="",
                    seats=[Seat(number=place + 1) for place in range(seats)],
                )
                for number in range(slots)
            ],
            "turns": [],
        }
        | given
    )


def a_turn(leader: Leader, **given: Any) -> DutyTurn:
    """A leader's main seat on a day."""
    return DutyTurn(
        **{"leader": leader, "seat": "main", "position": 1, "post": "副区长", "why": "轮到", "passed_over": []} | given
    )


def a_category(**given: Any) -> Category:
    """A category of the upper level."""
    number = next(_numbers)
    return Category(**{"code": f"c{number}", "name": f"类别{number}", "position": number} | given)


def a_booking(day: ReceptionDay, enterprise: Enterprise, **given: Any) -> Booking:
    """A confirmed booking in a slot of the day, counted on it; `slot` says which, from 0."""
    slot = day.slots[given.pop("slot", 0)]
    if given.get("state", BookingState.CONFIRMED) in ACTIVE_STATES:
        day.groups_booked = (day.groups_booked or 0) + 1
    return Booking(
        **{
            "reception_day": day,
            "slot": slot,
            "seat": slot.seats[given.pop("seat", 0)],
            "enterprise": enterprise,
            "state": BookingState.CONFIRMED,
            "origin": Origin.APPLIED,
            "identity": Identity.LEGAL_REPRESENTATIVE,
            "visitor_name": "申示例",
            "visitor_phone": "13800005678",
            "booked_at": datetime(2026, 11, 20, 10, 0, tzinfo=ZONE),
        }
        | given
    )


def a_waiting(day: ReceptionDay, enterprise: Enterprise, **given: Any) -> Booking:
    """A booking on the waiting list of the day, without a seat."""
    since = given.setdefault("waiting_since", datetime(2026, 11, 20, 10, 0, tzinfo=ZONE))
    booking = a_booking(day, enterprise, state=BookingState.WAITING, booked_at=since, **given)
    booking.seat = None
    return booking


def a_matter(booking: Booking | None = None, category: Category | None = None, **given: Any) -> Matter:
    """A problem raised with a booking, or on its own."""
    number = next(_numbers)
    return Matter(
        **{
            "number": f"2026-{number:04}",
            "booking": booking,
            "reception_day": booking.reception_day if booking else None,
            "enterprise": booking.enterprise if booking else None,
            "position": number,
            "kind": MatterKind.PROBLEM,
            "category": category or a_category(),
            "title": f"事项{number}",
            "detail": "请帮助协调解决。",
            "state": MatterState.REGISTERED,
            "raised_on": date(2026, 11, 20),
            "raised_at": datetime(2026, 11, 20, 10, 0, tzinfo=ZONE),
        }
        | given
    )
