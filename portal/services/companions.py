"""Those who come along with a visitor, corrected after the booking (domain 2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from portal.domain.bookings import STANDING_STATES, normalise_phone
from portal.domain.errors import RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import AskIdNumber
from portal.services.booking_orders import CompanionGiven, companion_problems, tidy_id_number
from portal.services.places import expect_persons, forget_presence, persons_booked
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Companion
from portal.store.queries.office import office_rules


@dataclass(frozen=True, slots=True)
class CompanionKept:
    """A row of the form: `position` says whose numbers stay where none are given, None for somebody new."""

    position: int | None
    given: CompanionGiven


def change_companions(
    session: Session,
    booking_id: int,
    wanted: Sequence[CompanionKept],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Say anew who comes along; of somebody whose name stays, the telephone and identity number on file stay too.

    Raises RuleBroken for what is wrong with a person, Conflict when one would be in two places at once.
    """
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in STANDING_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不能再修改随行人员。")
    rules = office_rules(session)
    known = {it.position: it for it in session.scalars(select(Companion).where(Companion.booking_id == booking_id))}
    people = [_with_kept(it, known) for it in wanted]
    refuse(companion_problems(people, rules))
    asked = rules.id_number is AskIdNumber.EVERYBODY
    for old in known.values():
        session.expunge(old)
    session.execute(delete(Companion).where(Companion.booking_id == booking_id))
    for position, each in enumerate(people, start=2):
        session.add(
            Companion(
                booking_id=booking_id,
                position=position,
                name=each.name.strip(),
                post=each.post.strip(),
                phone=normalise_phone(each.phone) if each.phone.strip() else None,
                id_number=tidy_id_number(each.id_number) if asked else None,
            )
        )
    flag_modified(booking, "visitor_name")  # the booking's own row is a new version too
    session.flush()
    if booking.seat_id is not None:
        forget_presence(session, booking_id)
        expect_persons(session, booking.slot, booking_id, persons_booked(session, booking))
    record(
        session, actor, now, "companions_changed", booking,
        summary=f"修改随行人员：{booking.enterprise.name}，{len(people)} 人", persons=len(people),
    )  # fmt: skip
    return booking


def _with_kept(row: CompanionKept, known: dict[int, Companion]) -> CompanionGiven:
    old = known.get(row.position or 0)
    if old is None or old.name != row.given.name.strip():
        return row.given
    return replace(
        row.given,
        phone=row.given.phone.strip() or old.phone or "",
        id_number=row.given.id_number.strip() or old.id_number or "",
    )
