"""Units and leaders, and the post a leader held on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.units import UnitKind
from portal.store.models.duty import SeatPool
from portal.store.models.people import Leader, Portfolio, Post, Unit
from portal.store.paging import Page, Wanted, page_of


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit to choose or to list."""

    id: int
    name: str
    short_name: str
    kind: UnitKind
    initials: str
    active: bool
    position: int = 0


@dataclass(frozen=True, slots=True)
class LeaderRow:
    """A leader with the post and the fields held on the day asked for."""

    id: int
    name: str
    post: str
    portfolios: tuple[str, ...]
    serves_from: date
    serves_until: date | None
    initials: str = ""
    weight: float = 1.0

    @property
    def titled(self) -> str:
        """张三（区长）, as lists show a leader."""
        return f"{self.name}（{self.post}）" if self.post else self.name


def unit_rows(session: Session, *, active_only: bool = True) -> Sequence[UnitRow]:
    """Units in the district's order."""
    statement = select(Unit.id, Unit.name, Unit.short_name, Unit.kind, Unit.initials, Unit.active, Unit.position)
    if active_only:
        statement = statement.where(Unit.active)
    return [UnitRow(*row) for row in session.execute(statement.order_by(Unit.position, Unit.id))]


def unit_page(
    session: Session, wanted: Wanted, *, kind: UnitKind | None = None, active: bool | None = None, q: str = ""
) -> Page[UnitRow]:
    """One page of the register of units; `q` finds a part of either name, or pinyin initials."""
    statement = select(Unit.id, Unit.name, Unit.short_name, Unit.kind, Unit.initials, Unit.active, Unit.position)
    if kind is not None:
        statement = statement.where(Unit.kind == kind)
    if active is not None:
        statement = statement.where(Unit.active.is_(active))
    if q:
        found = (Unit.name.contains(q, autoescape=True), Unit.short_name.contains(q, autoescape=True))
        statement = statement.where(or_(*found, Unit.initials.contains(q.lower(), autoescape=True)))
    sorts: dict[str, ColumnElement[Any]] = {"position": Unit.position.expression, "name": Unit.name.expression}
    page = page_of(session, statement, wanted, keys=sorts, identity=Unit.id.expression)
    return replace(page, rows=[UnitRow(*row) for row in page.rows])


def unit_row(session: Session, unit_id: int) -> UnitRow:
    """One unit. Raises NotFound."""
    row = session.execute(
        select(Unit.id, Unit.name, Unit.short_name, Unit.kind, Unit.initials, Unit.active, Unit.position).where(
            Unit.id == unit_id
        )
    ).first()
    if row is None:
        raise NotFound("没有找到这个单位。")
    return UnitRow(*row)


def unit_named(session: Session, name: str) -> Unit:
    """A unit by its name or short name. Raises NotFound."""
    unit = session.scalar(select(Unit).where(or_(Unit.name == name, Unit.short_name == name)))
    if unit is None:
        raise NotFound(f"没有名为“{name}”的单位。")
    return unit


def leader_named(session: Session, name: str) -> Leader:
    """A leader by name. Raises NotFound."""
    leader = session.scalar(select(Leader).where(Leader.name == name).order_by(Leader.id).limit(1))
    if leader is None:
        raise NotFound(f"没有名为“{name}”的领导。")
    return leader


def leader_rows(session: Session, on: date, *, serving_only: bool = True) -> Sequence[LeaderRow]:
    """Leaders in the district's order, with what each held on that day."""
    statement = select(
        Leader.id, Leader.name, Leader.serves_from, Leader.serves_until, Leader.initials, Leader.weight
    ).order_by(Leader.position, Leader.id)
    if serving_only:
        statement = statement.where(
            Leader.serves_from <= on, or_(Leader.serves_until.is_(None), Leader.serves_until >= on)
        )
    found = session.execute(statement).all()
    posts = posts_held(session, [row.id for row in found], on)
    fields = fields_held(session, [row.id for row in found], on)
    return [
        LeaderRow(
            row.id,
            row.name,
            posts.get(row.id, ""),
            fields.get(row.id, ()),
            row.serves_from,
            row.serves_until,
            row.initials,
            row.weight,
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class Term:
    """A post held, or a field looked after, over a span of days; both ends count."""

    id: int
    text: str
    since: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it was held on the day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class LeaderFile:
    """A leader with the whole history of posts and portfolios, the latest first."""

    id: int
    name: str
    position: int
    weight: float
    serves_from: date
    serves_until: date | None
    posts: tuple[Term, ...]
    portfolios: tuple[Term, ...]
    is_chief: bool = False
    pools: tuple[str, ...] = ()

    def post_on(self, day: date) -> str:
        """The post held on a day, or nothing."""
        return next((term.text for term in self.posts if term.holds_on(day)), "")


def leader_file(session: Session, leader_id: int) -> LeaderFile:
    """One leader's file. Raises NotFound."""
    leader = session.get(Leader, leader_id)
    if leader is None:
        raise NotFound("没有找到这位领导。")
    posts = session.execute(
        select(Post.id, Post.title, Post.starts_on, Post.ends_on)
        .where(Post.leader_id == leader_id)
        .order_by(Post.starts_on.desc(), Post.id.desc())
    )
    fields = session.execute(
        select(Portfolio.id, Portfolio.field, Portfolio.starts_on, Portfolio.ends_on)
        .where(Portfolio.leader_id == leader_id)
        .order_by(Portfolio.ends_on.is_not(None), Portfolio.starts_on.desc(), Portfolio.id.desc())
    )
    return LeaderFile(
        leader.id,
        leader.name,
        leader.position,
        leader.weight,
        leader.serves_from,
        leader.serves_until,
        tuple(Term(*row) for row in posts),
        tuple(Term(*row) for row in fields),
        leader.is_chief,
        tuple(session.scalars(select(SeatPool.seat).where(SeatPool.leader_id == leader_id).order_by(SeatPool.seat))),
    )


def posts_held(session: Session, leader_ids: Iterable[int], on: date) -> Mapping[int, str]:
    """The post each leader held on a day: the latest taken up counts, as `domain.people.held_on` decides."""
    rows = session.execute(
        select(Post.leader_id, Post.title)
        .where(
            Post.leader_id.in_(list(leader_ids)),
            Post.starts_on <= on,
            or_(Post.ends_on.is_(None), Post.ends_on >= on),
        )
        .order_by(Post.starts_on, Post.id)
    )
    return dict(rows.tuples().all())


def fields_held(session: Session, leader_ids: Sequence[int], on: date) -> Mapping[int, tuple[str, ...]]:
    """The fields each leader looked after on a day, in the order they were taken up."""
    rows = session.execute(
        select(Portfolio.leader_id, Portfolio.field)
        .where(
            Portfolio.leader_id.in_(leader_ids),
            Portfolio.starts_on <= on,
            or_(Portfolio.ends_on.is_(None), Portfolio.ends_on >= on),
        )
        .order_by(Portfolio.starts_on, Portfolio.id)
    )
    held: dict[int, tuple[str, ...]] = {}
    for leader_id, field in rows:
        held[leader_id] = (*held.get(leader_id, ()), field)
    return held
