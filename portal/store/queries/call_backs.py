"""Whom to call back: matters that came to an end, how far each call-back has got, and every call that was made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.call_backs import CALLED_BACK_ON, CallBackStanding, standing_of
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name, mask_phone, mask_speaker
from portal.domain.matters import MatterState
from portal.domain.office import OfficeRules
from portal.domain.people import Actor
from portal.domain.results import AskedHow, Grade, Resolved
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.voices import CallBack
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.visibility import sees_the_visitor, visible_matters

ENDED_AT: ColumnElement[datetime] = func.coalesce(Matter.closed_at, Matter.state_since, Matter.raised_at)
"""When a matter came to its end: the closing, or the day it was settled in the room."""
_OF_ROUND = and_(CallBack.matter_id == Matter.id, CallBack.round == Matter.round)
CALLS = select(func.count(CallBack.id)).where(_OF_ROUND).correlate(Matter).scalar_subquery()
RATED = select(func.count(CallBack.grade)).where(_OF_ROUND).correlate(Matter).scalar_subquery()
LATEST = select(func.max(CallBack.at)).where(_OF_ROUND).correlate(Matter).scalar_subquery()


@dataclass(frozen=True, slots=True)
class CallBackFilter:
    """Which call-backs a list shows; `overdue_before` is the last end of a matter whose call-back is late by now."""

    standing: CallBackStanding | None = CallBackStanding.WAITING
    unit_id: int | None = None
    overdue: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class CallBackRow:
    """A matter that came to its end, with how often its enterprise was called."""

    matter_id: int
    number: str
    title: str
    state: MatterState
    round: int
    ended_at: datetime
    enterprise: str
    booking_id: int | None
    visitor: str
    phone: str
    unit: str | None
    calls: int
    rated: int
    called_at: datetime | None
    detail: str
    on_site_answer: str

    def standing(self, rules: OfficeRules, today: date) -> CallBackStanding:
        """How far it has got."""
        return standing_of(
            rated=bool(self.rated),
            attempts=self.calls,
            most=rules.call_back_attempts,
            lapsed=self.ended_at < _horizon(rules, today),
        )


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call, or a rating the enterprise gave by itself."""

    id: int
    round: int
    grade: Grade | None
    resolved: Resolved | None
    told: str
    how: AskedHow
    by: str
    recorded_by: str
    at: datetime


CALL_BACK_SORTS: Mapping[str, ColumnElement[Any]] = {
    "ended": ENDED_AT,
    "number": Matter.number.expression,
    "enterprise": func.coalesce(Enterprise.name, ""),
    "calls": func.coalesce(CALLS, 0),
}


def call_back_rows(
    session: Session,
    actor: Actor,
    asked: CallBackFilter,
    wanted: Wanted,
    rules: OfficeRules,
    *,
    late_before: date,
    today: date,
) -> Page[CallBackRow]:
    """One page; whoever ended before `late_before` should have been called by now."""
    statement = _joined(_rows()).where(*_clauses(actor, asked, rules, late_before, today))
    page = page_of(session, statement, wanted, keys=CALL_BACK_SORTS, identity=Matter.id.expression)
    return replace(page, rows=[_row(row, actor) for row in page.rows])


def all_call_back_rows(
    session: Session, actor: Actor, asked: CallBackFilter, rules: OfficeRules, *, late_before: date, today: date
) -> Sequence[CallBackRow]:
    """All of a list, for export."""
    statement = _joined(_rows()).where(*_clauses(actor, asked, rules, late_before, today))
    return [_row(row, actor) for row in session.execute(statement.order_by(ENDED_AT, Matter.id))]


def call_back_counts(
    session: Session, actor: Actor, asked: CallBackFilter, rules: OfficeRules, *, late_before: date, today: date
) -> Mapping[CallBackStanding, int]:
    """How many stand where, under the other filters; one statement."""
    columns = [func.count(case((and_(*_of(it, rules, today)), 1))).label(it.value) for it in CallBackStanding]
    everything = replace(asked, standing=None)
    statement = _joined(select(*columns)).where(*_clauses(actor, everything, rules, late_before, today))
    return dict(zip(CallBackStanding, session.execute(statement).one(), strict=True))


def call_backs_waiting(session: Session, actor: Actor, rules: OfficeRules, *, today: date) -> int:
    """How many enterprises are to be called, as far as COUNT_CAP: among what ended lately, which an index knows."""
    waiting, since = CallBackFilter(CallBackStanding.WAITING), _horizon(rules, today)
    in_the_room = and_(Matter.state == MatterState.SETTLED, since <= ENDED_AT)
    statement = select(Matter.id).where(
        or_(Matter.closed_at >= since, in_the_room),
        Matter.enterprise_id.is_not(None),
        *_clauses(actor, waiting, rules, today, today),
    )
    return session.scalar(up_to_cap(statement)) or 0


def call_backs_late(
    session: Session, actor: Actor, asked: CallBackFilter, rules: OfficeRules, *, late_before: date, today: date
) -> int:
    """How many enterprises should have been called by now, under the other filters."""
    late = replace(asked, standing=None, overdue=True)
    statement = _joined(select(func.count())).where(*_clauses(actor, late, rules, late_before, today))
    return session.scalar(statement) or 0


def call_back_page(session: Session, actor: Actor, matter_id: int) -> CallBackRow:
    """One matter to call back for. Raises NotFound when it did not come to an end or may not be seen."""
    row = session.execute(
        _joined(_rows()).where(visible_matters(actor), Matter.state.in_(CALLED_BACK_ON), Matter.id == matter_id)
    ).first()
    if row is None:
        raise NotFound("没有找到要回访的诉求：销号或现场办结、并登记了企业的才回访。")
    return _row(row, actor)


def calls_made(session: Session, actor: Actor, matter_id: int) -> Sequence[CallMade]:
    """Every call about a matter, the latest first; whether it may be seen is asked before."""
    rows = session.execute(
        select(
            CallBack.id, CallBack.round, CallBack.grade, CallBack.resolved, CallBack.told, CallBack.how, CallBack.by,
            CallBack.recorded_by, CallBack.at,
        )
        .where(CallBack.matter_id == matter_id)
        .order_by(CallBack.at.desc(), CallBack.id.desc())
    )  # fmt: skip
    found = [CallMade(*row) for row in rows]
    return found if sees_the_visitor(actor) else [replace(it, by=mask_speaker(it.by)) for it in found]


def _rows() -> Select[Any]:
    return select(
        Matter.id, Matter.number, Matter.title, Matter.state, Matter.round, ENDED_AT, Enterprise.name,
        Matter.booking_id, func.coalesce(Booking.visitor_name, ""), Booking.visitor_phone,
        Unit.short_name, CALLS, RATED, LATEST, Matter.detail, Matter.on_site_answer,
    )  # fmt: skip


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.select_from(Matter)
        .join(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Booking, Booking.id == Matter.booking_id)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
    )


def _clauses(
    actor: Actor, asked: CallBackFilter, rules: OfficeRules, late_before: date, today: date
) -> Iterator[ColumnElement[bool]]:
    yield visible_matters(actor)
    yield Matter.state.in_(CALLED_BACK_ON)
    if asked.standing is not None:
        yield from _of(asked.standing, rules, today)
    if asked.unit_id is not None:
        yield Matter.lead_unit_id == asked.unit_id
    if asked.overdue:
        yield from _of(CallBackStanding.WAITING, rules, today)
        yield datetime.combine(late_before, time(), ZONE) > ENDED_AT
    if asked.words:
        yield matter_search(asked.words)


def _of(standing: CallBackStanding, rules: OfficeRules, today: date) -> Sequence[ColumnElement[bool]]:
    unrated, few = RATED == 0, rules.call_back_attempts > CALLS
    lapsed = _horizon(rules, today) > ENDED_AT
    return {
        CallBackStanding.WAITING: [unrated, few, ~lapsed],
        CallBackStanding.REACHED: [RATED > 0],
        CallBackStanding.GIVEN_UP: [unrated, ~few],
        CallBackStanding.LAPSED: [unrated, few, lapsed],
    }[standing]


def _horizon(rules: OfficeRules, today: date) -> datetime:
    """What ended before is not asked about any more."""
    return datetime.combine(today - timedelta(days=rules.call_back_within_days), time(), ZONE)


def _row(row: Sequence[Any], actor: Actor) -> CallBackRow:
    found = CallBackRow(*row)
    name = found.visitor if sees_the_visitor(actor) else mask_name(found.visitor)
    return replace(found, visitor=name, phone=mask_phone(found.phone) if found.phone else "")
