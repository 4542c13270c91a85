"""What an enterprise may read by the code on its own paper: its matters of one booking, and nothing of anybody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.following import Course, called_off
from portal.domain.matters import MatterState
from portal.domain.refusals import RefusalGround
from portal.domain.results import AskedHow, Grade, Resolved, ResultCode
from portal.domain.signing import ISSUED_STATES
from portal.domain.voices import WordKind
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter
from portal.store.models.voices import CallBack, EnterpriseWord


@dataclass(frozen=True, slots=True)
class FollowedBooking:
    """The booking a code belongs to: whose it is, for which day, and whether it still stands."""

    id: int
    enterprise: str
    day: date
    state: BookingState


@dataclass(frozen=True, slots=True)
class FollowedMatter:
    """One matter as its enterprise may read it; `unit` is empty until a slip was issued to it."""

    id: int
    number: str
    title: str
    state: MatterState
    round: int
    version: int
    unit: str
    due_on: date | None
    step_due_on: date | None
    ground: RefusalGround | None
    ended_reason: str
    on_site_answer: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultTold:
    """The result of a matter's present round, once the head of the unit has signed it."""

    closing_id: int
    matter_id: int
    unit: str
    result: ResultCode
    told: str
    basis: str
    answered_on: date | None
    grade: Grade | None
    resolved: Resolved | None
    opinion: str
    opinion_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnRating:
    """A rating the enterprise gave in its own window."""

    matter_id: int
    round: int
    grade: Grade
    resolved: Resolved
    told: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A word the enterprise wrote, with the answer when there is one."""

    id: int
    kind: WordKind
    matter: str
    told: str
    at: datetime
    answer: str
    answered_at: datetime | None


def course_of(
    it: FollowedMatter, *, held_on: date, visit: BookingState, result: ResultTold | None, today: date
) -> Course:
    """What is told of where a matter stands, on the page and on paper alike."""
    return Course(
        state=it.state,
        today=today,
        unit=it.unit,
        due_on=it.due_on,
        step_due_on=it.step_due_on,
        held_on=held_on,
        round=it.round,
        result=result.result if result else None,
        called_off=called_off(visit),
    )


def booking_followed(session: Session, code: str) -> FollowedBooking | None:
    """The booking with this code, None for a code that is nobody's (any more)."""
    row = session.execute(
        select(Booking.id, Enterprise.name, ReceptionDay.day, Booking.state)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.follow_code == code)
    ).one_or_none()
    return FollowedBooking(*row) if row else None


def follow_codes_of(session: Session, booking_ids: Sequence[int]) -> dict[int, str]:
    """The codes of some bookings, for their papers."""
    found = session.execute(select(Booking.id, Booking.follow_code).where(Booking.id.in_(booking_ids)))
    return {booking_id: code or "" for booking_id, code in found}


def matters_followed(session: Session, booking_id: int) -> Sequence[FollowedMatter]:
    """The matters of one booking in the order in which they were told, in one statement."""
    issued = exists(
        select(SlipMatter.slip_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None), Slip.state.in_(ISSUED_STATES))
    )
    rows = session.execute(
        select(
            Matter.id, Matter.number, Matter.title, Matter.state, Matter.round, Matter.version,
            case((issued, func.coalesce(Unit.short_name, "")), else_=""), Matter.due_on, Matter.step_due_on,
            Matter.refusal_ground, Matter.ended_reason, Matter.on_site_answer, Matter.closed_at,
        )
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .where(Matter.booking_id == booking_id)
        .order_by(Matter.position, Matter.id)
    )  # fmt: skip
    return [FollowedMatter(*row) for row in rows]


def results_told(session: Session, booking_id: int) -> dict[int, ResultTold]:
    """The signed results of the present rounds of a booking's matters; a round that was sent back tells nothing."""
    rows = session.execute(
        select(
            Closing.id, Closing.matter_id, Unit.short_name, Closing.result, Closing.told, Closing.basis,
            Closing.answered_on, Closing.grade, Closing.resolved, Closing.opinion, Closing.opinion_at,
        )
        .join(Matter, Matter.id == Closing.matter_id)
        .join(Unit, Unit.id == Closing.unit_id)
        .where(
            Matter.booking_id == booking_id,
            Closing.round == Matter.round,
            Closing.ended_at.is_(None),
            Closing.head_at.is_not(None),
            Matter.state.in_(TOLD_IN),
        )
    )  # fmt: skip
    return {row[1]: ResultTold(*row) for row in rows}


def earlier_opinions(session: Session, booking_id: int) -> dict[int, OwnRating]:
    """What the enterprise last said of a result that has since been sent back, by matter."""
    rows = session.execute(
        select(Closing.matter_id, Closing.round, Closing.grade, Closing.resolved, Closing.opinion, Closing.opinion_at)
        .join(Matter, Matter.id == Closing.matter_id)
        .where(
            Matter.booking_id == booking_id,
            Closing.round < Matter.round,
            Closing.opinion_at.is_not(None),
            Closing.grade.is_not(None),
        )
        .order_by(Closing.round)
    )
    return {row[0]: OwnRating(*row) for row in rows}


def matter_of_result(session: Session, booking_id: int, closing_id: int) -> int | None:
    """The matter of a booking this result was told about, in whichever round; None for any other result."""
    return session.scalar(
        select(Closing.matter_id)
        .join(Matter, Matter.id == Closing.matter_id)
        .where(Closing.id == closing_id, Matter.booking_id == booking_id, Closing.head_at.is_not(None))
    )


TOLD_IN = (MatterState.CONFIRMING, MatterState.REVIEWING, MatterState.APPROVING, MatterState.CLOSED)


def own_ratings(session: Session, booking_id: int) -> dict[int, OwnRating]:
    """The rating of each matter's present round that the enterprise gave in its own window."""
    rows = session.execute(
        select(CallBack.matter_id, CallBack.round, CallBack.grade, CallBack.resolved, CallBack.told, CallBack.at)
        .join(Matter, Matter.id == CallBack.matter_id)
        .where(
            Matter.booking_id == booking_id,
            CallBack.round == Matter.round,
            CallBack.how == AskedHow.LINK,
            CallBack.grade.is_not(None),
        )
        .order_by(CallBack.at, CallBack.id)
    )
    return {row[0]: OwnRating(*row) for row in rows}


def own_words(session: Session, booking_id: int) -> Sequence[OwnWord]:
    """What was written in the window of a booking, the newest first."""
    rows = session.execute(
        select(
            EnterpriseWord.id, EnterpriseWord.kind, func.coalesce(Matter.number, ""), EnterpriseWord.told,
            EnterpriseWord.at, EnterpriseWord.answer, EnterpriseWord.answered_at,
        )
        .outerjoin(Matter, Matter.id == EnterpriseWord.matter_id)
        .where(EnterpriseWord.booking_id == booking_id)
        .order_by(EnterpriseWord.at.desc(), EnterpriseWord.id.desc())
    )  # fmt: skip
    return [OwnWord(*row) for row in rows]
