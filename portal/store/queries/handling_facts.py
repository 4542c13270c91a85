"""What is true of an assigned matter, as clauses: one definition for every figure of handling and for the rows behind it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from portal.domain.ages import Age
from portal.domain.extensions import ExtensionState
from portal.domain.handling_figures import AGES, ContactLimits, Fact
from portal.domain.look_backs import Finding
from portal.domain.matter_course import CLOCK_RUNS, TERMINAL
from portal.domain.matters import ON_THE_WAY, WITH_A_UNIT, MatterState
from portal.domain.objections import Ruling
from portal.domain.paper_kinds import PaperKind
from portal.domain.results import Grade, Resolved, ResultCode
from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.days import day_of, days_after
from portal.store.models.handling import Closing, Extension, LookBack, Objection, Progress
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter, SlipReceipt
from portal.store.models.voices import CallBack
from portal.store.queries.overdue import handling_is_overdue, in_time

HANDED_IN = (MatterState.CONFIRMING, MatterState.REVIEWING, MatterState.APPROVING, MatterState.CLOSED)
"""The head of the unit has signed a result that still stands."""
OF_AGE = dict(zip(AGES, Age, strict=True))

standing = aliased(Slip, name="standing_slip")
receipt = aliased(SlipReceipt, name="lead_receipt")
closing = aliased(Closing, name="present_closing")
_earlier = aliased(Closing, name="earlier_closing")

MATTER_DAY: ColumnElement[date] = func.coalesce(ReceptionDay.day, Matter.raised_on, type_=Date)
"""The day of its reception, or the day it was raised when it came without one; wants `ReceptionDay` joined."""
CONTENT = tuple(it for it in Grade if it.is_content)
STRICTLY_CONTENT = tuple(it for it in Grade if it.is_strictly_content)
REOPENING = tuple(it for it in Finding if it.reopens)


def with_handling(statement: Select[Any]) -> Select[Any]:
    """Matters a unit leads by an issued slip, joined with that slip, the unit's receipt, and the result that stands.

    Each matter comes once: should two slips carry it to the same unit, the later one counts.
    """
    carrying = aliased(Slip)
    latest = (
        select(func.max(carrying.id))
        .join(SlipMatter, SlipMatter.slip_id == carrying.id)
        .where(
            SlipMatter.matter_id == Matter.id,
            SlipMatter.ended_at.is_(None),
            carrying.state.in_(ISSUED_STATES),
            carrying.lead_unit_id == Matter.lead_unit_id,
        )
        .correlate(Matter)
        .scalar_subquery()
    )
    stands = and_(closing.matter_id == Matter.id, closing.round == Matter.round, closing.ended_at.is_(None))
    return (
        statement.join(standing, standing.id == latest)
        .outerjoin(receipt, and_(receipt.slip_id == standing.id, receipt.unit_id == Matter.lead_unit_id))
        .outerjoin(closing, and_(stands, Matter.state.in_(HANDED_IN)))
        .where(Matter.state.in_(WITH_A_UNIT))
    )


def is_true(fact: Fact, today: date, limits: ContactLimits) -> ColumnElement[bool]:
    """A fact as a clause over matters joined `with_handling` and with their reception day; not for those of slips."""
    if fact in OF_AGE:
        return and_(Matter.state.in_(ON_THE_WAY), is_of_age(OF_AGE[fact], today))
    return {
        **_of_the_clocks(today, limits),
        **_of_the_result(),
        **_of_the_course(today),
    }[fact]


def is_of_age(age: Age, today: date) -> ColumnElement[bool]:
    """Whether a matter's day is so long ago."""
    first, last = age.span(today)
    return MATTER_DAY.between(first or date.min, last or date.max)


def _of_the_clocks(today: date, limits: ContactLimits) -> dict[Fact, ColumnElement[bool]]:
    sign_by = func.coalesce(receipt.due_on, standing.receipt_due_on, type_=Date)
    contacted = (
        select(func.min(Progress.contacted_on))
        .where(
            Progress.matter_id == Matter.id,
            Progress.slip_id == standing.id,
            Progress.unit_id == Matter.lead_unit_id,
        )
        .correlate(Matter, standing)
        .scalar_subquery()
    )
    contact_by = _contact_by(limits)
    handing_due = or_(Matter.state.in_(HANDED_IN), and_(Matter.state.in_(CLOCK_RUNS), Matter.due_on < today))
    return {
        Fact.RECEIPT_DUE: or_(and_(receipt.received_on.is_not(None), sign_by.is_not(None)), sign_by < today),
        Fact.RECEIVED_IN_TIME: in_time((receipt.received_on, receipt.received_at), (sign_by, standing.receipt_due_at)),
        Fact.CONTACT_DUE: and_(contact_by.is_not(None), or_(contact_by < today, contacted.is_not(None))),
        Fact.CONTACTED_IN_TIME: contacted <= contact_by,
        Fact.HANDLING_DUE: handing_due,
        Fact.HANDED_IN: Matter.state.in_(HANDED_IN),
        Fact.HANDED_IN_TIME: day_of(closing.head_at) <= closing.due_on,
        Fact.OVERDUE: handling_is_overdue(today),
    }


def _contact_by(limits: ContactLimits) -> ColumnElement[date | None]:
    """By when the enterprise had to be contacted; NULL where the lead unit has not signed yet."""
    none = literal(None, Date)
    usual = _looked_up(receipt.received_on.expression, limits.usual) if limits.usual else none
    petition = _looked_up(MATTER_DAY, limits.petition) if limits.petition else none
    return case((receipt.received_on.is_(None), none), (Matter.is_petition, petition), else_=usual)


def _looked_up(day: ColumnElement[date], last_days: Mapping[date, date]) -> ColumnElement[date | None]:
    """The last day that belongs to a day: days with the same distance share one branch, for there are thousands of days."""
    by_distance: dict[int, list[date]] = {}
    for first, last in last_days.items():
        by_distance.setdefault((last - first).days, []).append(first)
    return case(*((day.in_(days), days_after(day, distance)) for distance, days in by_distance.items()), else_=None)


def asked_again(said: Any, of: Any = closing) -> ColumnElement[Any]:
    """What an enterprise said of the present round after its opinion of the result, the last time it was asked."""
    return (
        select(said)
        .where(
            CallBack.matter_id == Matter.id,
            CallBack.round == Matter.round,
            CallBack.grade.is_not(None),
            or_(of.opinion_at.is_(None), CallBack.at >= of.opinion_at),
        )
        .order_by(CallBack.at.desc(), CallBack.id.desc())
        .limit(1)
        .correlate(Matter, of)
        .scalar_subquery()
    )


def _of_the_result() -> dict[Fact, ColumnElement[bool]]:
    grade = func.coalesce(asked_again(CallBack.grade), closing.grade, type_=Closing.grade.type)
    standing_result = Matter.state.in_(HANDED_IN)
    not_contested = or_(closing.resolved.is_(None), closing.resolved != Resolved.NOT)
    return {
        Fact.CLOSED: Matter.state == MatterState.CLOSED,
        Fact.SOLVED: and_(
            Matter.state == MatterState.CLOSED, closing.result == ResultCode.SOLVED, not_contested
        ),
        Fact.RATED: and_(standing_result, grade.is_not(None)),
        Fact.CONTENT: and_(standing_result, grade.in_(CONTENT)),
        Fact.STRICTLY_CONTENT: and_(standing_result, grade.in_(STRICTLY_CONTENT)),
    }  # fmt: skip


def _of_the_course(today: date) -> dict[Fact, ColumnElement[bool]]:
    once_closed = exists_of(_earlier.id, _earlier.matter_id == Matter.id, _earlier.approved_at.is_not(None))
    looked = (LookBack.matter_id == Matter.id, LookBack.finding.is_not(None))
    return {
        Fact.ASSIGNED: true(),
        Fact.ON_HAND: Matter.state.in_(ON_THE_WAY),
        Fact.REDONE: exists_of(
            _earlier.id, _earlier.matter_id == Matter.id, _earlier.round < Matter.round, _earlier.head_at.is_not(None)
        ),
        Fact.EXTENDED: exists_of(
            Extension.id, Extension.matter_id == Matter.id, Extension.state == ExtensionState.GRANTED
        ),
        Fact.REMINDED: _urged(PaperKind.REMINDER),
        Fact.SUPERVISED: _urged(PaperKind.SUPERVISION),
        Fact.ONCE_CLOSED: once_closed,
        Fact.LOOKED_BACK: and_(once_closed, exists_of(LookBack.id, *looked)),
        Fact.FOUND_WANTING: and_(once_closed, exists_of(LookBack.id, *looked, LookBack.finding.in_(REOPENING))),
        Fact.FAKE: and_(once_closed, exists_of(LookBack.id, *looked, LookBack.finding == Finding.FAKE)),
    }


def _urged(kind: PaperKind) -> ColumnElement[bool]:
    """Whether a paper of this kind to the lead unit stands beside the slip."""
    return exists_of(
        SlipPaper.id,
        SlipPaper.slip_id == standing.id,
        SlipPaper.unit_id == Matter.lead_unit_id,
        SlipPaper.kind == kind,
        SlipPaper.void_at.is_(None),
    )


def exists_of(column: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a row beside the matter."""
    return select(column).where(*where).correlate(Matter, standing).exists()


def went_to_a_unit(statement: Select[Any]) -> Select[Any]:
    """Matters joined with every slip that took them to a unit, ended ones too, and with what the unit objected."""
    return (
        statement.join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(standing, standing.id == SlipMatter.slip_id)
        .outerjoin(Objection, and_(Objection.slip_id == standing.id, Objection.matter_id == Matter.id))
        .where(standing.issued_at.is_not(None), standing.state != SlipState.VOID)
    )


def slip_fact(fact: Fact) -> ColumnElement[bool]:
    """A fact of a slip as a clause over matters joined as `went_to_a_unit` does."""
    return {
        Fact.GIVEN: true(),
        Fact.OBJECTED: Objection.id.is_not(None),
        Fact.UPHELD: Objection.ruling == Ruling.UPHELD,
    }[fact]


def due_on_slip() -> ColumnElement[date | None]:
    """The last day as far as that slip's unit is concerned: the matter's own, or the slip's once the matter has left it."""
    return case((SlipMatter.ended_at.is_(None), Matter.due_on), else_=standing.due_on)


def is_closed_between(first: date | None, last: date | None) -> ColumnElement[bool]:
    """Whether a matter was closed on one of these days."""
    return day_of(Matter.closed_at).between(first or date.min, last or date.max)


def is_open() -> ColumnElement[bool]:
    """Not at its end: somebody still owes something."""
    return Matter.state.not_in(TERMINAL)


def led_by_official(leader_id: int) -> ColumnElement[bool]:
    """Whether a leader is the lead official on an issued slip that carries the matter."""
    return _carried_by(lambda slip: slip.lead_official_id == leader_id)


def decided_by_leaders(leader_ids: frozenset[int]) -> ColumnElement[bool]:
    """Whether one of these leaders signed the issued slip that carries the matter, or is its lead official."""
    return _carried_by(lambda slip: or_(slip.signer_id.in_(leader_ids), slip.lead_official_id.in_(leader_ids)))


def _carried_by(whose: Callable[[type[Slip]], ColumnElement[bool]]) -> ColumnElement[bool]:
    carrying = aliased(Slip)
    return (
        select(SlipMatter.slip_id)
        .join(carrying, carrying.id == SlipMatter.slip_id)
        .where(
            SlipMatter.matter_id == Matter.id,
            SlipMatter.ended_at.is_(None),
            carrying.state.in_(ISSUED_STATES),
            whose(carrying),
        )
        .correlate(Matter)
        .exists()
    )
