"""What is true of an assigned matter, as clauses: one definition for every figure of handling and for the rows behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from portal.clock import ZONE
from portal.domain.ages import Age
from portal.domain.extensions import ExtensionState
from portal.domain.handling_figures import AGES, ContactLimits, Fact
from portal.domain.look_backs import Finding
from portal.domain.matter_course import TERMINAL
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
from portal.store.queries.overdue import OVERDUE_IN, in_time

HANDED_IN = (MatterState.CONFIRMING, MatterState.REVIEWING, MatterState.APPROVING, MatterState.CLOSED)
"""The head of the unit has signed a result that still stands."""
OF_AGE = dict(zip(AGES, Age, strict=True))

standing = aliased(Slip, name="standing_slip")
receipt = aliased(SlipReceipt, name="lead_receipt")
closing = aliased(Closing, name="present_closing")
_earlier = aliased(Closing, name="earlier_closing")
_held = aliased(ReceptionDay, name="day_held")
_carrying = aliased(Slip, name="carrying_slip")

MATTER_DAY: ColumnElement[date] = func.coalesce(ReceptionDay.day, Matter.raised_on, type_=Date)
"""The day of its reception, or the day it was raised when it came without one; wants `ReceptionDay` joined."""
CONTENT = tuple(it for it in Grade if it.is_content)
STRICTLY_CONTENT = tuple(it for it in Grade if it.is_strictly_content)


def with_handling(statement: Select[Any]) -> Select[Any]:
    """Matters a unit leads by an issued slip, joined with that slip, the unit's receipt, and the result that stands.

    Each matter comes once: should two slips carry it to the same unit, the later one counts.
    """
    latest = (
        select(func.max(_carrying.id))
        .join(SlipMatter, SlipMatter.slip_id == _carrying.id)
        .where(
            SlipMatter.matter_id == Matter.id,
            SlipMatter.ended_at.is_(None),
            _carrying.state.in_(ISSUED_STATES),
            _carrying.lead_unit_id == Matter.lead_unit_id,
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the facts of a matter are told from: clauses over tables joined `with_handling`, or columns already read from them.

    `sign_by` and `contact_by` are the last days for signing and for the contact; `found` is the gravest finding of a look-back
    (`WEIGHT`), `graded` and `resolved` what the enterprise said.
    """

    state: Any
    due_on: Any
    day: Any
    received_on: Any
    received_at: Any
    sign_by: Any
    sign_by_moment: Any
    contacted_on: Any
    contact_by: Any
    handed_on: Any
    hand_in_by: Any
    result: Any
    resolved: Any
    graded: Any
    redone: Any
    extended: Any
    reminded: Any
    supervised: Any
    once_closed: Any
    found: Any


WEIGHT = {it: 3 if it is Finding.FAKE else 2 if it.reopens else 1 for it in Finding}
"""How grave a finding is: what is true of a finding is true of every graver one."""


def seen_beside(limits: ContactLimits) -> Seen:
    """The clauses, over matters joined `with_handling` and with their reception day."""
    before = (_earlier.round < Matter.round, _earlier.head_at.is_not(None))
    contacted = select(func.min(Progress.contacted_on)).where(
        Progress.matter_id == Matter.id, Progress.slip_id == standing.id, Progress.unit_id == Matter.lead_unit_id
    )
    approved = exists_of(_earlier.id, _earlier.matter_id == Matter.id, _earlier.approved_at.is_not(None))
    found = select(func.max(case(WEIGHT, value=LookBack.finding))).where(LookBack.matter_id == Matter.id)
    grants = (Extension.matter_id == Matter.id, Extension.state == ExtensionState.GRANTED)
    return Seen(
        state=Matter.state,
        due_on=Matter.due_on,
        day=MATTER_DAY,
        received_on=receipt.received_on,
        received_at=receipt.received_at,
        sign_by=func.coalesce(receipt.due_on, standing.receipt_due_on, type_=Date),
        sign_by_moment=standing.receipt_due_at,
        contacted_on=contacted.correlate(Matter, standing).scalar_subquery(),
        contact_by=_contact_by(limits),
        handed_on=day_of(closing.head_at),
        hand_in_by=closing.due_on,
        result=closing.result,
        resolved=closing.resolved,
        graded=case(
            (Matter.state.in_(HANDED_IN), func.coalesce(asked_again(CallBack.grade), closing.grade)), else_=None
        ),
        redone=and_(Matter.round > 1, exists_of(_earlier.id, _earlier.matter_id == Matter.id, *before)),
        extended=exists_of(Extension.id, *grants),
        reminded=_urged(PaperKind.REMINDER),
        supervised=_urged(PaperKind.SUPERVISION),
        once_closed=or_(closing.approved_at.is_not(None), approved),
        found=found.correlate(Matter).scalar_subquery(),
    )


def is_true(fact: Fact, today: date, limits: ContactLimits) -> ColumnElement[bool]:
    """A fact as a clause over matters joined `with_handling` and with their reception day; not for those of slips."""
    return facts_of(seen_beside(limits), today)[fact]


def facts_of(seen: Seen, today: date) -> dict[Fact, ColumnElement[bool]]:
    """Every fact but those of slips."""
    spans = {fact: OF_AGE[fact].span(today) for fact in OF_AGE}
    return {
        Fact.ASSIGNED: true(),
        Fact.ON_HAND: seen.state.in_(ON_THE_WAY),
        **{
            fact: and_(seen.state.in_(ON_THE_WAY), seen.day.between(first or date.min, last or date.max))
            for fact, (first, last) in spans.items()
        },
        **_of_the_clocks(seen, today),
        **_of_the_result(seen),
        **_of_the_course(seen),
    }


def is_of_age(age: Age, today: date) -> ColumnElement[bool]:
    """Whether a matter's day is so long ago."""
    return is_of_day(*age.span(today))


def is_of_day(first: date | None, last: date | None) -> ColumnElement[bool]:
    """Whether a matter's day (`MATTER_DAY`) is one of these: read from indices, without the reception day joined."""
    span = (first or date.min, last or date.max)
    held = select(_held.id).where(_held.day.between(*span)).correlate(None)
    return or_(
        Matter.reception_day_id.in_(held), and_(Matter.reception_day_id.is_(None), Matter.raised_on.between(*span))
    )


def _of_the_clocks(seen: Seen, today: date) -> dict[Fact, ColumnElement[bool]]:
    late = and_(seen.state.in_(OVERDUE_IN), seen.due_on < today)
    signed = and_(seen.received_on.is_not(None), seen.sign_by.is_not(None))
    contacted = or_(seen.contact_by < today, seen.contacted_on.is_not(None))
    return {
        Fact.RECEIPT_DUE: or_(signed, seen.sign_by < today),
        Fact.RECEIVED_IN_TIME: in_time((seen.received_on, seen.received_at), (seen.sign_by, seen.sign_by_moment)),
        Fact.CONTACT_DUE: and_(seen.contact_by.is_not(None), contacted),
        Fact.CONTACTED_IN_TIME: seen.contacted_on <= seen.contact_by,
        Fact.HANDLING_DUE: or_(seen.state.in_(HANDED_IN), late),
        Fact.HANDED_IN: seen.state.in_(HANDED_IN),
        Fact.HANDED_IN_TIME: seen.handed_on <= seen.hand_in_by,
        Fact.OVERDUE: late,
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


def _of_the_result(seen: Seen) -> dict[Fact, ColumnElement[bool]]:
    stands = seen.state.in_(HANDED_IN)
    not_contested = or_(seen.resolved.is_(None), seen.resolved != Resolved.NOT)
    closed = seen.state == MatterState.CLOSED
    return {
        Fact.CLOSED: closed,
        Fact.SOLVED: and_(closed, seen.result == ResultCode.SOLVED, not_contested),
        Fact.RATED: and_(stands, seen.graded.is_not(None)),
        Fact.CONTENT: and_(stands, seen.graded.in_(CONTENT)),
        Fact.STRICTLY_CONTENT: and_(stands, seen.graded.in_(STRICTLY_CONTENT)),
    }


def _of_the_course(seen: Seen) -> dict[Fact, ColumnElement[bool]]:
    return {
        Fact.REDONE: seen.redone,
        Fact.EXTENDED: seen.extended,
        Fact.REMINDED: seen.reminded,
        Fact.SUPERVISED: seen.supervised,
        Fact.ONCE_CLOSED: seen.once_closed,
        Fact.LOOKED_BACK: and_(seen.once_closed, seen.found.is_not(None)),
        Fact.FOUND_WANTING: and_(seen.once_closed, seen.found >= WEIGHT[Finding.NOT_DONE]),
        Fact.FAKE: and_(seen.once_closed, seen.found == WEIGHT[Finding.FAKE]),
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
    return and_(
        Matter.closed_at >= datetime.combine(first or date(1900, 1, 1), time(), ZONE),
        Matter.closed_at < datetime.combine((last or date(9998, 12, 31)) + timedelta(days=1), time(), ZONE),
    )


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
    return (
        select(SlipMatter.slip_id)
        .join(_carrying, _carrying.id == SlipMatter.slip_id)
        .where(
            SlipMatter.matter_id == Matter.id,
            SlipMatter.ended_at.is_(None),
            _carrying.state.in_(ISSUED_STATES),
            whose(_carrying),
        )
        .correlate(Matter)
        .exists()
    )
