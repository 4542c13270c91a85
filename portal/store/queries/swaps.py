"""Swaps of duty: what is offered to whom, what came of it, and how leaders stand for the rules of seating."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.leaves import Span
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.swaps import SWAPPABLE_DAYS, Place, Standing, SwapState
from portal.store.models.duty import Swap
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.rota import approved_leaves

SORTS = ("offered", "day", "leader", "state")
EXPORTED = 5_000

_other_day = aliased(ReceptionDay)
_other = aliased(Leader)


@dataclass(frozen=True, slots=True)
class SwapRow:
    """An offer to swap as lists and its own page show it; `other` and `other_place` are empty while it is open to all."""

    id: int
    state: SwapState
    day_id: int
    place: Place
    leader_id: int
    leader: str
    other_day_id: int | None
    other_place: Place | None
    other_leader_id: int | None
    other: str
    reason: str
    offered_by: str
    offered_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state is SwapState.OPEN

    @property
    def to_all(self) -> bool:
        """Whether anybody may take it."""
        return self.other_leader_id is None


@dataclass(frozen=True, slots=True)
class ComingTurn:
    """A turn on a coming day that may still be swapped."""

    day_id: int
    state: DayState
    place: Place
    leader_id: int
    leader: str
    post: str

    @property
    def key(self) -> str:
        """The turn as a form names it: day, seat and position."""
        return f"{self.place.day.isoformat()}/{self.place.seat.value}/{self.place.position}"


_SWAPS = (
    select(
        Swap.id, Swap.state, Swap.reception_day_id, ReceptionDay.day, Swap.seat, Swap.position, Swap.leader_id, Leader.name,
        Swap.other_day_id, _other_day.day, Swap.other_seat, Swap.other_position, Swap.other_leader_id, _other.name,
        Swap.reason, Swap.offered_by, Swap.offered_at, Swap.decided_by, Swap.decided_at, Swap.remark,
    )
    .join(ReceptionDay, ReceptionDay.id == Swap.reception_day_id)
    .join(Leader, Leader.id == Swap.leader_id)
    .outerjoin(_other_day, _other_day.id == Swap.other_day_id)
    .outerjoin(_other, _other.id == Swap.other_leader_id)
)  # fmt: skip


def _row(row: Any) -> SwapRow:
    swap_id, state, day_id, day, seat, position, leader_id, leader, *rest = row
    other_day_id, other_day, other_seat, other_position, other_id, other, *said = rest
    there = Place(other_day, DutySeat(other_seat), other_position) if other_day is not None else None
    mine = Place(day, DutySeat(seat), position)
    return SwapRow(swap_id, state, day_id, mine, leader_id, leader, other_day_id, there, other_id, other or "", *said)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Whose swaps an actor may see: the office all, others those of their leaders and offers open to everybody."""
    if actor.role is Role.OFFICE:
        return Swap.id.is_not(None)
    return or_(
        Swap.leader_id.in_(actor.leader_ids),
        Swap.other_leader_id.in_(actor.leader_ids),
        and_(Swap.state == SwapState.OPEN, Swap.other_leader_id.is_(None)),
    )


def _listed(actor: Actor, state: SwapState | None, leader_id: int | None) -> Select[Any]:
    statement = _SWAPS.where(_visible(actor))
    if state is not None:
        statement = statement.where(Swap.state == state)
    if leader_id is not None:
        statement = statement.where(or_(Swap.leader_id == leader_id, Swap.other_leader_id == leader_id))
    return statement


def swaps(
    session: Session, wanted: Wanted, *, actor: Actor, state: SwapState | None = None, leader_id: int | None = None
) -> Page[SwapRow]:
    """One page of the swaps an actor may see."""
    keys: dict[str, ColumnElement[Any]] = {
        "offered": Swap.offered_at.expression,
        "day": ReceptionDay.day.expression,
        "leader": Leader.position.expression,
        "state": Swap.state.expression,
    }
    page = page_of(session, _listed(actor, state, leader_id), wanted, keys=keys, identity=Swap.id.expression)
    return replace(page, rows=[_row(row) for row in page.rows])


def all_swaps(
    session: Session, *, actor: Actor, state: SwapState | None = None, leader_id: int | None = None
) -> Sequence[SwapRow]:
    """The whole list for a spreadsheet, the latest first; at most 5,000."""
    rows = session.execute(
        _listed(actor, state, leader_id).order_by(Swap.offered_at.desc(), Swap.id.desc()).limit(EXPORTED)
    )
    return [_row(row) for row in rows]


def swap_row(session: Session, swap_id: int, *, actor: Actor) -> SwapRow:
    """One swap, if the actor may see it. Raises NotFound."""
    row = session.execute(_SWAPS.where(_visible(actor), Swap.id == swap_id)).first()
    if row is None:
        raise NotFound("没有找到这次调换，可能已由别人办理，或与您的领导无关。")
    return _row(row)


def offers_to(session: Session, leader_ids: Collection[int]) -> Sequence[SwapRow]:
    """Open offers that some leaders can answer: made to them, then those open to all; the earliest day first."""
    rows = session.execute(
        _SWAPS.where(
            Swap.state == SwapState.OPEN,
            or_(
                Swap.other_leader_id.in_(leader_ids),
                and_(Swap.other_leader_id.is_(None), Swap.leader_id.not_in(leader_ids)),
            ),
        ).order_by(Swap.other_leader_id.is_(None), ReceptionDay.day, Swap.id)
    )
    return [_row(row) for row in rows]


def lapsed_offers(session: Session, today: date) -> Sequence[int]:
    """Open offers that nobody can take any more: a day of theirs has passed, begun, or been cancelled."""
    theirs = and_(_other_day.id.is_not(None), _over(_other_day, today))
    return session.scalars(
        select(Swap.id)
        .join(ReceptionDay, ReceptionDay.id == Swap.reception_day_id)
        .outerjoin(_other_day, _other_day.id == Swap.other_day_id)
        .where(Swap.state == SwapState.OPEN, or_(_over(ReceptionDay, today), theirs))
        .order_by(Swap.id)
    ).all()


def _over(day: type[ReceptionDay], today: date) -> ColumnElement[bool]:
    return or_(day.day < today, day.state.not_in(SWAPPABLE_DAYS))


def open_offer_on(session: Session, day_id: int, seat: DutySeat, position: int) -> int | None:
    """The number of the open offer of a place, None if there is none."""
    return session.scalar(
        select(Swap.id).where(
            Swap.state == SwapState.OPEN,
            Swap.reception_day_id == day_id,
            Swap.seat == seat.value,
            Swap.position == position,
        )
    )


def coming_turns(
    session: Session, today: date, *, of: Collection[int] | None = None, but: Collection[int] = ()
) -> Sequence[ComingTurn]:
    """The turns that may still be swapped, in order of date and seat; `of` some leaders, or of all `but` some."""
    statement = (
        select(
            ReceptionDay.id, ReceptionDay.state, ReceptionDay.day, DutyTurn.seat, DutyTurn.position,
            DutyTurn.leader_id, Leader.name, DutyTurn.post,
        )
        .join(DutyTurn, DutyTurn.reception_day_id == ReceptionDay.id)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(ReceptionDay.day >= today, ReceptionDay.state.in_(SWAPPABLE_DAYS), DutyTurn.leader_id.not_in(but))
    )  # fmt: skip
    if of is not None:
        statement = statement.where(DutyTurn.leader_id.in_(of))
    order = list(DutySeat)
    found = [
        ComingTurn(day_id, state, Place(day, DutySeat(seat), position), leader_id, leader, post)
        for day_id, state, day, seat, position, leader_id, leader, post in session.execute(statement)
    ]
    return sorted(found, key=lambda it: (it.place.day, order.index(it.place.seat), it.place.position))


def standings(
    session: Session, leader_ids: Collection[int], *, pools: Mapping[DutySeat, frozenset[int]]
) -> Mapping[int, Standing]:
    """How some leaders stand for the rules of seating: term, approved leave, turns that count, pools; three statements."""
    wanted = sorted(set(leader_ids))
    away: dict[int, tuple[Span, ...]] = {}
    for leave in approved_leaves(session, date.min, date.max):
        away[leave.leader_id] = (*away.get(leave.leader_id, ()), Span(leave.first, leave.last))
    turns: dict[int, list[Place]] = {}
    held = session.execute(
        select(DutyTurn.leader_id, ReceptionDay.day, DutyTurn.seat, DutyTurn.position)
        .join(ReceptionDay, ReceptionDay.id == DutyTurn.reception_day_id)
        .where(DutyTurn.leader_id.in_(wanted), DutyTurn.attended, ReceptionDay.state != DayState.CANCELLED)
        .order_by(ReceptionDay.day)
    )
    for leader_id, day, seat, position in held:
        turns.setdefault(leader_id, []).append(Place(day, DutySeat(seat), position))
    found = session.execute(
        select(Leader.id, Leader.name, Leader.serves_from, Leader.serves_until).where(Leader.id.in_(wanted))
    )
    return {
        leader_id: Standing(
            leader_id,
            name,
            since,
            until,
            away.get(leader_id, ()),
            tuple(turns.get(leader_id, ())),
            frozenset(seat for seat, entered in pools.items() if leader_id in entered),
        )
        for leader_id, name, since, until in found
    }
