"""Carrying out what a plan or a repair says: who gets which place, in an order the records can follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct, TurnOrigin
from portal.services.messages import accounts_of_leaders, tell
from portal.services.reception_days import dated
from portal.services.turns import give_up_place, take_place, turn_at
from portal.store.audit_trail import record
from portal.store.models.reception import ReceptionDay


@dataclass(frozen=True, slots=True)
class Seating:
    """A place and who takes it instead of whom; without a leader, why it stays empty."""

    day_id: int
    seat: DutySeat
    position: int
    leader_id: int | None
    leader: str
    post: str
    why: str
    passed_over: tuple[Mapping[str, str], ...]
    was: int | None = None
    origin: TurnOrigin = TurnOrigin.PLAN
    is_fixed: bool = False


def seat_everybody(
    session: Session,
    days: Mapping[int, ReceptionDay],
    seatings: Sequence[Seating],
    *,
    word: str = "排班",
    actor: Actor,
    now: datetime,
) -> None:
    """Carry out the seatings; the caller flushes.

    Nobody sits twice a day, not even for a moment: whoever moves within a day leaves the old place first.
    """
    for it in _leaving(seatings):
        turn = turn_at(session, it.day_id, it.seat, it.position)
        if turn is not None:
            give_up_place(session, days[it.day_id], turn, it.why, act=TurnAct.REMOVED, actor=actor, now=now)
    session.flush()
    for it in seatings:
        if it.leader_id is None:
            if it.was is not None:
                summary = f"{dated(days[it.day_id].day)}{it.seat.label}空出（{word}）"
                record(session, actor, now, "duty_removed", days[it.day_id], summary=summary)
            continue
        take_place(
            session,
            days[it.day_id],
            it.seat,
            it.position,
            it.leader_id,
            post=it.post,
            why=it.why,
            act=TurnAct.REPLACED if it.was is not None else TurnAct.SEATED,
            origin=it.origin,
            passed_over=[dict(passed) for passed in it.passed_over],
            is_fixed=it.is_fixed,
            actor=actor,
            now=now,
        )
        summary = f"{dated(days[it.day_id].day)}{it.seat.label}：{it.leader}（{word}）"
        act = "duty_replaced" if it.was is not None else "duty_assigned"
        record(session, actor, now, act, days[it.day_id], summary=summary)


def tell_everybody(
    session: Session,
    days: Mapping[int, ReceptionDay],
    seatings: Iterable[Seating],
    *,
    key: str,
    subject: str,
    now: datetime,
) -> None:
    """Tell each leader the seatings touch, and the secretaries, what is new for him or her and what has gone."""
    lines: dict[int, list[str]] = {}
    for it in sorted(seatings, key=lambda it: days[it.day_id].day):
        told = f"{dated(days[it.day_id].day)}{it.seat.label}"
        if it.leader_id is not None:
            lines.setdefault(it.leader_id, []).append(told)
        if it.was is not None:
            lines.setdefault(it.was, []).append(f"{told}（不再由您担任）")
    for leader_id, its in sorted(lines.items()):
        tell(
            session,
            accounts_of_leaders(session, [leader_id]),
            f"{key}:{leader_id}",
            subject,
            body=f"{'、'.join(its)}。如不能到场，请及时请假或调换。",
            url="/duty/",
            now=now,
        )


def _leaving(seatings: Iterable[Seating]) -> list[Seating]:
    """Places that are given up before anybody takes one: left empty, or held by somebody who moves within the day."""
    all_ = list(seatings)
    moving = {(it.day_id, it.leader_id) for it in all_ if it.leader_id is not None}
    return [it for it in all_ if it.was is not None and (it.leader_id is None or (it.day_id, it.was) in moving)]
