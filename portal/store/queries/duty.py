"""Duty: who sits where on which day, why, and how many turns each leader has had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.people import Post as HeldPost
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnOrigin
from portal.store.models.people import Leader, Post
from portal.store.models.reception import DutyTurn, ReceptionDay


@dataclass(frozen=True, slots=True)
class Passed:
    """A leader who was passed over, and the sentence why."""

    leader: str
    why: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """Who sits where on a reception day; why and who was passed over are filled in only where they are asked for.

    `attended` is False when the leader did not come and nobody stepped in.
    """

    id: int
    day_id: int
    seat: DutySeat
    position: int
    leader_id: int
    leader: str
    post: str
    why: str = ""
    passed_over: tuple[Passed, ...] = ()
    origin: TurnOrigin = TurnOrigin.PLAN
    attended: bool = True


def places(wanted: Sequence[str]) -> tuple[tuple[DutySeat, int], ...]:
    """The places of a day in the order they are filled: the office's seats, one named twice having two positions."""
    return tuple((seat, number + 1) for seat in DutySeat for number in range(list(wanted).count(seat.value)))


def _turns(*further: Any) -> Select[Any]:
    return (
        select(
            DutyTurn.id, DutyTurn.reception_day_id, DutyTurn.seat, DutyTurn.position, DutyTurn.leader_id,
            Leader.name, DutyTurn.post, DutyTurn.origin, DutyTurn.attended, *further,
        )
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id.in_(bindparam("ids", expanding=True)))
    )  # fmt: skip


_TURNS = _turns()
_TURNS_WITH_REASONS = _turns(DutyTurn.why, DutyTurn.passed_over)


def turns_of_days(
    session: Session, day_ids: Iterable[int], *, reasons: bool = False
) -> Mapping[int, tuple[TurnRow, ...]]:
    """The duty of some days by day, in the order of the seats; one statement, none for no days."""
    ids = list(day_ids)
    if not ids:
        return {}
    rows = session.execute(_TURNS_WITH_REASONS if reasons else _TURNS, {"ids": ids})
    found: dict[int, list[TurnRow]] = {}
    for turn_id, day_id, seat, position, leader_id, leader, post, origin, attended, *why in rows:
        place = (turn_id, day_id, DutySeat(seat), position)
        turn = TurnRow(*place, leader_id, leader, post, origin=origin, attended=attended)
        if why:
            passed = tuple(Passed(it["leader"], it["why"]) for it in why[1])
            turn = replace(turn, why=why[0], passed_over=passed)
        found.setdefault(day_id, []).append(turn)
    order = list(DutySeat)
    return {
        day_id: tuple(sorted(turns, key=lambda it: (order.index(it.seat), it.position)))
        for day_id, turns in found.items()
    }


@dataclass(frozen=True, slots=True)
class RotaLeader:
    """A leader as the rota needs to know him or her: term, weight, and every post with its dates."""

    id: int
    name: str
    serves_from: date
    serves_until: date | None
    weight: float
    posts: tuple[HeldPost, ...] = ()


def rota_leaders(session: Session, since: date) -> Sequence[RotaLeader]:
    """Leaders whose term has not ended before `since`, in the district's order, in two statements."""
    found = session.execute(
        select(Leader.id, Leader.name, Leader.serves_from, Leader.serves_until, Leader.weight)
        .where(Leader.serves_until.is_(None) | (Leader.serves_until >= since))
        .order_by(Leader.position, Leader.id)
    ).all()
    posts = session.execute(
        select(Post.leader_id, Post.title, Post.starts_on, Post.ends_on)
        .where(Post.leader_id.in_([row.id for row in found]))
        .order_by(Post.starts_on, Post.id)
    )
    held: dict[int, list[HeldPost]] = {}
    for leader_id, title, starts_on, ends_on in posts:
        held.setdefault(leader_id, []).append(HeldPost(title, starts_on, ends_on))
    return [replace(RotaLeader(*row), posts=tuple(held.get(row.id, ()))) for row in found]


def turn_on(session: Session, day: date, seat: DutySeat, position: int) -> TurnRow | None:
    """Who holds a place of a day and why, or None if nobody does or there is no such day."""
    day_id = session.scalar(select(ReceptionDay.id).where(ReceptionDay.day == day))
    if day_id is None:
        return None
    turns = turns_of_days(session, [day_id], reasons=True).get(day_id, ())
    return next((turn for turn in turns if (turn.seat, turn.position) == (seat, position)), None)


@dataclass(frozen=True, slots=True)
class LeadersTurn:
    """One turn of a leader, for the list of all of them."""

    day: date
    state: DayState
    seat: DutySeat
    post: str
    why: str
    position: int = 1
    origin: TurnOrigin = TurnOrigin.PLAN
    attended: bool = True


def turns_of_leader(session: Session, leader_id: int) -> Sequence[LeadersTurn]:
    """Every turn of a leader, the latest first, in one statement; those of cancelled days are left out."""
    rows = session.execute(
        select(
            ReceptionDay.day, ReceptionDay.state, DutyTurn.seat, DutyTurn.post, DutyTurn.why,
            DutyTurn.position, DutyTurn.origin, DutyTurn.attended,
        )
        .join(ReceptionDay, ReceptionDay.id == DutyTurn.reception_day_id)
        .where(DutyTurn.leader_id == leader_id, ReceptionDay.state != DayState.CANCELLED)
        .order_by(ReceptionDay.day.desc())
    )  # fmt: skip
    return [LeadersTurn(day, state, DutySeat(seat), *rest) for day, state, seat, *rest in rows]


def leader_name(session: Session, leader_id: int) -> str:
    """What a leader is called. Raises NotFound."""
    name = session.scalar(select(Leader.name).where(Leader.id == leader_id))
    if name is None:
        raise NotFound("没有找到这位领导。")
    return name
