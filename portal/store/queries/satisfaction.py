"""How content enterprises are with their matters: of each round the latest word, be it the opinion, a call-back or its own rating."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.results import Grade, Resolved
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.voices import CallBack
from portal.store.queries.visibility import visible_matters


@dataclass(frozen=True, slots=True)
class Rating:
    """What an enterprise said last of a matter's present round."""

    grade: Grade | None
    resolved: Resolved
    at: datetime


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many matters were rated, and how: numerators and denominators, never rates (domain 5.1)."""

    rated: int = 0
    content: int = 0
    strictly_content: int = 0
    fully: int = 0
    partly: int = 0
    not_resolved: int = 0
    unrated: int = 0


def latest_ratings() -> Subquery:
    """matter_id, grade, resolved, at: the latest rating of every matter's present round, if there is one."""
    said = union_all(
        select(
            Closing.matter_id, Closing.round, Closing.grade, Closing.resolved, Closing.opinion_at.label("at"),
            literal(0).label("source"), Closing.id.label("id"),
        ).where(Closing.resolved.is_not(None), Closing.ended_at.is_(None)),
        select(
            CallBack.matter_id, CallBack.round, CallBack.grade, CallBack.resolved, CallBack.at.label("at"),
            literal(1).label("source"), CallBack.id.label("id"),
        ).where(CallBack.resolved.is_not(None)),
    ).subquery("said")  # fmt: skip
    place = (
        func.row_number()
        .over(partition_by=said.c.matter_id, order_by=(said.c.at.desc(), said.c.source.desc(), said.c.id.desc()))
        .label("place")
    )
    ranked = (
        select(said.c.matter_id, said.c.grade, said.c.resolved, said.c.at, place)
        .join(Matter, and_(Matter.id == said.c.matter_id, Matter.round == said.c.round))
        .subquery("ranked")
    )
    return (
        select(ranked.c.matter_id, ranked.c.grade, ranked.c.resolved, ranked.c.at)
        .where(ranked.c.place == 1)
        .subquery("latest_rating")
    )


def ratings_of(session: Session, matter_ids: Sequence[int]) -> Mapping[int, Rating]:
    """The latest rating of some matters, by id; one statement."""
    latest = latest_ratings()
    rows = session.execute(select(latest).where(latest.c.matter_id.in_(matter_ids)))
    return {matter_id: Rating(grade, resolved, at) for matter_id, grade, resolved, at in rows}


def satisfaction(
    session: Session, actor: Actor, first: date, last: date, *, unit_id: int | None = None
) -> Satisfaction:
    """Of the matters closed in a span of days: how many were rated and how, and how many were not; one statement."""
    latest = latest_ratings()
    clauses: list[ColumnElement[bool]] = [
        visible_matters(actor),
        Matter.state == MatterState.CLOSED,
        Matter.closed_at >= datetime.combine(first, time(), ZONE),
        Matter.closed_at <= datetime.combine(last, time.max, ZONE),
    ]
    if unit_id is not None:
        clauses.append(Matter.lead_unit_id == unit_id)
    content = [it for it in Grade if it.is_content]
    strictly = [it for it in Grade if it.is_strictly_content]
    rated = latest.c.resolved.is_not(None)
    row = session.execute(
        select(
            _count(rated),
            _count(latest.c.grade.in_(content)),
            _count(latest.c.grade.in_(strictly)),
            *(_count(latest.c.resolved == it) for it in (Resolved.FULLY, Resolved.PARTLY, Resolved.NOT)),
            _count(latest.c.resolved.is_(None)),
        )
        .select_from(Matter)
        .outerjoin(latest, latest.c.matter_id == Matter.id)
        .where(*clauses)
    ).one()
    return Satisfaction(*row)


def _count(clause: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count(case((clause, 1)))
