"""Duty by hand: the office seats, replaces and unseats a leader, each time with a reason (NX-04, NX-05)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.people import Action, Actor, held_on, must
from portal.domain.reception_days import ENDED, DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct, TurnOrigin
from portal.services.reception_days import LONGEST_REASON, SHORTEST_REASON, dated
from portal.services.turns import give_up_place, take_place
from portal.store.audit_trail import record
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty import RotaLeader, places, rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow
from portal.store.queries.rota import approved_leaves


def store_turns(session: Session, refusal: str) -> None:
    """Store the turns taken; the unique constraints of seat and leader turn a lost race into Conflict with this refusal."""
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(refusal, field="leader") from None


def assign_turn(
    session: Session,
    day_id: int,
    seat: DutySeat,
    position: int,
    leader_id: int,
    reason: str,
    *,
    holder: int | None,
    actor: Actor,
    now: datetime,
) -> DutyTurn:
    """Seat a leader by hand, with a reason, on an empty place or instead of `holder` (NX-04, domain 2.1).

    `holder` is the leader the person saw on that place: whoever comes second to the same place gets Conflict. Raises
    RuleBroken on `leader` when the leader is out of term, Conflict when he or she already sits that day.
    """
    must(actor, Action.ASSIGN_DUTY)
    reason = reason.strip()
    day = _open_day(session, day_id)
    turns = _turns(session, day_id)
    if (seat, position) not in places(office_rules(session).seats) and (seat, position) not in turns:
        raise NotFound("没有这个席位。请从轮值安排页面进入。")
    refuse(_reason_problems(reason))
    there = turns.get((seat, position))
    _check_holder(session, there, holder, seat)
    leader, free = _chosen(session, leader_id, day, turns.values())
    if there is not None and there.leader_id == leader_id:
        raise RuleBroken(f"{leader.name}已经是当日{seat.label}，无需更换。", field="leader")
    check_not_on_leave(session, leader, day.day)
    _check_seated(turns.values(), leader, free)
    was = session.get(Leader, there.leader_id) if there is not None else None
    turn = take_place(
        session,
        day,
        seat,
        position,
        leader_id,
        post=post_on(leader, day.day),
        why=f"手工{'更换' if was else '指定'}：{reason}",
        act=TurnAct.REPLACED if was else TurnAct.SEATED,
        origin=TurnOrigin.HAND,
        actor=actor,
        now=now,
    )
    store_turns(session, f"{seat.label}席位刚刚由别人安排，没有改动。请刷新页面查看。")
    instead = f"，接替{was.name}" if was else ""
    summary = f"{dated(day.day)}{seat.label}：{leader.name}{instead}（{reason}）"
    record(session, actor, now, "duty_replaced" if was else "duty_assigned", day, summary=summary)
    return turn


def remove_turn(
    session: Session,
    day_id: int,
    seat: DutySeat,
    position: int,
    reason: str,
    *,
    holder: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a leader off a day with a reason; a published day keeps its main receiver (NX-04).

    `holder` is the leader the person saw on that place. Raises Conflict when somebody else sits there, or nobody.
    """
    must(actor, Action.ASSIGN_DUTY)
    reason = reason.strip()
    day = _open_day(session, day_id)
    turn = _turns(session, day_id).get((seat, position))
    if turn is None:
        raise Conflict(f"您打开页面之后，别人已撤下当日{seat.label}，没有改动。")
    if turn.leader_id != holder:
        name = session.get_one(Leader, turn.leader_id).name
        raise Conflict(f"您打开页面之后，当日{seat.label}已改由{name}担任，没有撤下。如仍要撤下，请再提交一次。")
    refuse(_reason_problems(reason))
    if seat is DutySeat.MAIN and day.state is not DayState.PLANNED:
        raise RuleBroken(f"接待日{day.state.label}，不能没有主接待。请直接更换主接待领导。", field="reason")
    leader = session.get_one(Leader, turn.leader_id)
    give_up_place(session, day, turn, reason, act=TurnAct.REMOVED, actor=actor, now=now)
    summary = f"{dated(day.day)}撤下{seat.label}{leader.name}（{reason}）"
    record(session, actor, now, "duty_removed", day, summary=summary)


def free_leaders(session: Session, day: DayRow) -> list[tuple[RotaLeader, str]]:
    """Leaders in office on a day who do not sit yet, each with the post held then, in the district's order."""
    seated = {turn.leader_id for turn in day.turns}
    return [
        (leader, post_on(leader, day.day))
        for leader in rota_leaders(session, day.day)
        if leader.id not in seated and leader.serves_from <= day.day
    ]


def serving_leaders(session: Session, day: DayRow) -> list[RotaLeader]:
    """Leaders in office on a day, whether they sit or not, in the district's order."""
    return [leader for leader in rota_leaders(session, day.day) if leader.serves_from <= day.day]


def post_on(leader: RotaLeader, day: date) -> str:
    """The post a leader holds on a day, empty when none."""
    held = held_on(leader.posts, day)
    return held.title if held else ""


def check_not_on_leave(session: Session, leader: RotaLeader, day: date) -> None:
    """Nobody is seated during leave, not even by hand (contract 6). Raises RuleBroken on `leader`."""
    if any(it.leader_id == leader.id for it in approved_leaves(session, day, day)):
        raise RuleBroken(
            f"{leader.name}在{dated(day)}已批准请假，不能安排。请另选一位；如已能到场，请先撤回请假。", field="leader"
        )


def _open_day(session: Session, day_id: int) -> ReceptionDay:
    day = session.get(ReceptionDay, day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound("没有找到这个接待日。")
    if day.state in ENDED:
        raise RuleBroken(f"接待日{day.state.label}，不能再调整轮值。", field="leader")
    return day


def _turns(session: Session, day_id: int) -> dict[tuple[DutySeat, int], DutyTurn]:
    turns = session.scalars(select(DutyTurn).where(DutyTurn.reception_day_id == day_id))
    return {(DutySeat(turn.seat), turn.position): turn for turn in turns}


def _check_holder(session: Session, there: DutyTurn | None, holder: int | None, seat: DutySeat) -> None:
    if (there.leader_id if there else None) == holder:
        return
    if there is None:
        raise Conflict(f"您打开页面之后，别人已撤下当日{seat.label}。如仍要安排，请再提交一次。", field="leader")
    name = session.get_one(Leader, there.leader_id).name
    raise Conflict(f"您打开页面之后，别人已安排{name}担任当日{seat.label}。如仍要更换，请再提交一次。", field="leader")


def _chosen(
    session: Session, leader_id: int, day: ReceptionDay, turns: Iterable[DutyTurn]
) -> tuple[RotaLeader, list[str]]:
    """The leader meant, in office on the day, and the names of those who are free that day."""
    serving = {it.id: it for it in rota_leaders(session, day.day) if it.serves_from <= day.day}
    if leader_id not in serving:
        known = session.get(Leader, leader_id)
        if known is None:
            raise RuleBroken("请从名单中选择一位领导。", field="leader")
        raise RuleBroken(f"{known.name}在{dated(day.day)}不在任期内，请另选一位。", field="leader")
    seated = {turn.leader_id for turn in turns}
    return serving[leader_id], [it.name for it in serving.values() if it.id not in seated]


def _check_seated(turns: Iterable[DutyTurn], leader: RotaLeader, free: Sequence[str]) -> None:
    """A leader holds at most one seat a day."""
    sits = next((turn for turn in turns if turn.leader_id == leader.id), None)
    if sits is not None:
        raise Conflict(
            f"{leader.name}当日已是{DutySeat(sits.seat).label}，一人一天只担任一个席位。请另选一位，或先调整那个席位。",
            field="leader",
            alternatives=free,
        )


def _reason_problems(reason: str) -> list[Problem]:
    if len(reason) < SHORTEST_REASON:
        return [Problem("reason", f"请写明理由，不少于 {SHORTEST_REASON} 个字，例如“与市级会议冲突”。")]
    if len(reason) > LONGEST_REASON:
        return [Problem("reason", f"理由最多 {LONGEST_REASON} 个字，请精简。")]
    return []
