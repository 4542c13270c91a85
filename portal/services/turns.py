"""Who holds a place: the one way a turn is taken, passed on or given up, with its change kept for ever (NX-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.domain.rota import DutySeat
from portal.domain.swaps import SWAP_STEPS, SwapState
from portal.domain.turns import TurnAct, TurnOrigin
from portal.domain.workdays import day_text
from portal.services.messages import accounts_of_leaders, tell
from portal.store.audit_trail import record
from portal.store.models.duty import DutyChange, Swap
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


@dataclass(frozen=True, slots=True)
class Hand:
    """One side of an exchange: the day and turn given up, by whom, and what the turn taken for it will say."""

    day: ReceptionDay
    turn: DutyTurn
    post_there: str
    why_there: str


def exchange_places(session: Session, one: Hand, other: Hand, *, actor: Actor, now: datetime) -> None:
    """Let two leaders exchange the places they hold; the caller writes the audit line.

    Both turns are laid down before either is taken up, because on one day the schema lets nobody hold two for a moment.
    """
    for hand in (one, other):
        session.delete(hand.turn)
    session.flush()
    for gone, taker in ((one, other), (other, one)):
        seat, position = DutySeat(gone.turn.seat), gone.turn.position
        before, after = gone.turn.leader_id, taker.turn.leader_id
        session.add(
            DutyTurn(
                reception_day_id=gone.day.id,
                seat=seat.value,
                position=position,
                leader_id=after,
                post=taker.post_there,
                why=taker.why_there[:LONGEST_WHY],
                passed_over=[],
                origin=TurnOrigin.SWAP,
            )
        )
        why = taker.why_there
        keep_change(session, gone.day, seat, position, TurnAct.SWAPPED, before, after, why, actor=actor, now=now)
    session.flush()


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
    """Keep who held a place before and after, let calendars outside notice, and end offers to swap that place."""
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
    notice_holds = day.noticed_sequence == day.sequence
    day.sequence += 1
    if notice_holds and seat is DutySeat.STANDBY:  # the notice does not say who stands by
        day.noticed_sequence = day.sequence
    if from_leader_id is not None:
        _overtake_offers(session, day, seat, position, actor=actor, now=now)


def _overtake_offers(
    session: Session, day: ReceptionDay, seat: DutySeat, position: int, *, actor: Actor, now: datetime
) -> None:
    """End the open offers that give or ask for a place which has just changed hands."""
    mine = and_(Swap.reception_day_id == day.id, Swap.seat == seat.value, Swap.position == position)
    theirs = and_(Swap.other_day_id == day.id, Swap.other_seat == seat.value, Swap.other_position == position)
    standing = select(Swap).where(Swap.state == SwapState.OPEN, or_(mine, theirs)).order_by(Swap.id).with_for_update()
    words = f"{day_text(day.day, now.date())}{seat.label}已另行安排，相关的调换失效"
    for swap in session.scalars(standing):
        swap.state, swap.decided_at = SWAP_STEPS.advance(swap.state, SwapState.OVERTAKEN), now
        swap.decided_by, swap.remark = actor.name, f"{words}。"
        record(session, actor, now, "swap_overtaken", swap, summary=words)
        told = accounts_of_leaders(session, [it for it in (swap.leader_id, swap.other_leader_id) if it is not None])
        tell(
            session,
            set(told) - {actor.account_id},
            f"swap-overtaken:{swap.id}",
            words,
            url=f"/duty/swaps/{swap.id}",
            now=now,
        )
