"""Who holds a place: the one way a turn is taken, passed on or given up, with its change kept for ever (NX-04)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct, TurnOrigin
from portal.store.models.duty import DutyChange
from portal.store.models.reception import DutyTurn, ReceptionDay

LONGEST_WHY = 400


def turn_at(session: Session, day_id: int, seat: DutySeat, position: int) -> DutyTurn | None:
    """The turn on a place, or None when nobody holds it."""
    return session.scalar(
        select(DutyTurn).where(
            DutyTurn.reception_day_id == day_id, DutyTurn.seat == seat.value, DutyTurn.position == position
        )
    )


def take_place(
    session: Session,
    day: ReceptionDay,
    seat: DutySeat,
    position: int,
    leader_id: int,
    *,
    post: str,
    why: str,
    act: TurnAct,
    origin: TurnOrigin,
    passed_over: Sequence[dict[str, str]] = (),
    is_fixed: bool = False,
    actor: Actor,
    now: datetime,
) -> DutyTurn:
    """Put a leader on a place, free or held by somebody else; the caller flushes and writes the audit line.

    On the flush the schema refuses a leader who already sits that day, and a place that was just taken: both are
    IntegrityError, which callers turn into Conflict.
    """
    turn = turn_at(session, day.id, seat, position)
    before = turn.leader_id if turn is not None else None
    if turn is None:
        turn = DutyTurn(reception_day_id=day.id, seat=seat.value, position=position)
        session.add(turn)
    turn.leader_id, turn.post, turn.why = leader_id, post, why[:LONGEST_WHY]
    turn.passed_over, turn.origin, turn.is_fixed, turn.attended = list(passed_over), origin, is_fixed, True
    keep_change(session, day, seat, position, act, before, leader_id, why, actor=actor, now=now)
    return turn


def give_up_place(
    session: Session, day: ReceptionDay, turn: DutyTurn, reason: str, *, act: TurnAct, actor: Actor, now: datetime
) -> None:
    """Take the leader off a place, which is then empty; the caller flushes and writes the audit line."""
    seat = DutySeat(turn.seat)
    keep_change(session, day, seat, turn.position, act, turn.leader_id, None, reason, actor=actor, now=now)
    session.delete(turn)


def keep_change(
    session: Session,
    day: ReceptionDay,
    seat: DutySeat,
    position: int,
    act: TurnAct,
    from_leader_id: int | None,
    to_leader_id: int | None,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep who held a place before and after, and let calendars outside notice."""
    session.add(
        DutyChange(
            reception_day_id=day.id,
            seat=seat.value,
            position=position,
            act=act,
            from_leader_id=from_leader_id,
            to_leader_id=to_leader_id,
            reason=reason[:LONGEST_WHY],
            done_by=actor.name,
            done_at=now,
        )
    )
    day.sequence += 1
