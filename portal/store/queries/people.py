"""Units and leaders, and the post a leader held on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.units import UnitKind
from portal.store.models.people import Leader, Portfolio, Post, Unit


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit to choose or to list."""

    id: int
    name: str
    short_name: str
    kind: UnitKind
    initials: str
    active: bool


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
    statement = select(Unit.id, Unit.name, Unit.short_name, Unit.kind, Unit.initials, Unit.active)
    if active_only:
        statement = statement.where(Unit.active)
    return [UnitRow(*row) for row in session.execute(statement.order_by(Unit.position, Unit.id))]


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
    fields = _fields_held(session, [row.id for row in found], on)
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
    return dict(row.tuple() for row in rows)


def _fields_held(session: Session, leader_ids: Sequence[int], on: date) -> Mapping[int, tuple[str, ...]]:
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
