"""Stepping in (补位、递补): who takes a turn whose leader cannot come, and who in the end did not (domain 2.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.people import Action, Actor, Role, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.swaps import Place, obstacles, only_gap, reason_problems
from portal.domain.turns import SubstituteFrom, TurnAct, TurnOrigin
from portal.domain.workdays import day_text
from portal.services.duty import post_on, store_turns
from portal.services.messages import accounts_in_role, accounts_of_leaders, tell
from portal.services.next_turns import Standing as WhoseTurn
from portal.services.reception_days import dated
from portal.services.swaps import HeldPlace
from portal.services.turns import give_up_place, keep_change, take_place, turn_at
from portal.store.audit_trail import record
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty import TurnRow, rota_leaders, turns_of_days
from portal.store.queries.office import office_rules
from portal.store.queries.rota import seat_pools, unsuitable_marks
from portal.store.queries.swaps import standings

EXAMPLE = "临时参加市级会议"


@dataclass(frozen=True, slots=True)
class Substitute:
    """A leader who might step in, whether he or she can, and why or why not; `standby` is the place left for it.

    `only_gap` says that nothing but the distance between turns stands in the way, which the office may waive.
    """

    leader_id: int
    leader: str
    post: str
    can: bool
    why: str
    standby: Place | None = None
    only_gap: bool = False


@dataclass(frozen=True, slots=True)
class SteppingIn:
    """Who takes whose place, why, and whether the distance between turns is set aside for it."""

    held: HeldPlace
    leader_id: int
    reason: str
    gap_waived: bool = False


def substitutes(session: Session, day_id: int, day: date, held: TurnRow) -> list[Substitute]:
    """Everybody who might step in for a leader, those who can in the office's order first, each with one sentence.

    With the setting 先由当日补位领导补位 the standbys of the day come first, then whose turn it is (NX-04); otherwise
    whose turn it is, and the standbys last.
    """
    rules = office_rules(session)
    leaders = {it.id: it for it in rota_leaders(session, day) if it.id != held.leader_id}
    pools, unsuited = seat_pools(session), {it.leader_id for it in unsuitable_marks(session, day, day)}
    known = standings(session, leaders, pools=pools)
    place = Place(day, held.seat, held.position)
    standbys = _standbys(turns_of_days(session, [day_id]).get(day_id, ()), day, held)
    found = []
    for leader in leaders.values():
        standing, left = known[leader.id], standbys.get(leader.id)
        broken = obstacles(standing, place, gives=left, closed=pools.keys(), min_gap_days=rules.min_gap_days)
        why = "".join(it.message for it in broken)
        if not why and left is None and leader.weight <= 0:
            why = f"{leader.name}不参加轮值。"
        if not why and leader.id in unsuited:
            why = f"{leader.name}已标明当日不便。"
        found.append(Substitute(leader.id, leader.name, post_on(leader, day), not why, why, left, only_gap(broken)))
    able = {it.leader_id for it in found if it.can and it.standby is None}
    order = WhoseTurn(session, day).order(held.seat, day, able)
    return _in_order(found, order, rules.substitutes)


def substitute(session: Session, stepping: SteppingIn, *, actor: Actor, now: datetime) -> DutyTurn:
    """Let a leader take the turn of one who cannot come, before the day, on it or after it (domain 2.1).

    A standby who steps up leaves the standby's place empty. The absent leader's turn does not count. Raises Conflict when
    the place is no longer held by the leader who was seen there, RuleBroken naming the rule that keeps the other off it.
    """
    must(actor, Action.ASSIGN_DUTY)
    held, reason = stepping.held, stepping.reason.strip()
    refuse(reason_problems(reason, EXAMPLE))
    day, turn = _held_turn(session, held)
    there = next(it for it in turns_of_days(session, [day.id])[day.id] if it.id == turn.id)
    possible = substitutes(session, day.id, day.day, there)
    chosen = next((it for it in possible if it.leader_id == stepping.leader_id), None)
    if chosen is None:
        raise RuleBroken("请从名单中选择一位领导。", field="leader")
    if not chosen.can and not (chosen.only_gap and stepping.gap_waived):
        advice = "如确需由其补位，请勾选“不受间隔限制”。" if chosen.only_gap else "请另选一位。"
        raise RuleBroken(chosen.why + advice, field="leader")
    if chosen.standby is not None:
        left = turn_at(session, day.id, chosen.standby.seat, chosen.standby.position)
        assert left is not None  # noqa: S101 - it was read above, and the day is held
        why = f"补位担任{held.seat.label}"
        give_up_place(session, day, left, why, act=TurnAct.SUBSTITUTED, actor=actor, now=now)
        session.flush()
    was = there.leader
    step = "由当日补位领导补位" if chosen.standby is not None else "递补"
    turn = take_place(
        session,
        day,
        held.seat,
        held.position,
        chosen.leader_id,
        post=chosen.post,
        why=f"{step}，接替{was}（{reason}）",
        act=TurnAct.SUBSTITUTED,
        origin=TurnOrigin.SUBSTITUTION,
        passed_over=[{"leader": it.leader, "why": it.why} for it in possible if it is not chosen],
        actor=actor,
        now=now,
    )
    store_turns(session, "补位时别人刚刚改动了当日轮值，没有改动。请刷新页面查看。")
    words = f"{dated(day.day)}{held.seat.label}：{chosen.leader}{step}，接替{was}"
    record(session, actor, now, "duty_substituted", day, summary=f"{words}（{reason}）")
    _tell(session, day, [held.leader_id, chosen.leader_id], words, actor=actor, now=now)
    return turn


def note_absence(session: Session, held: HeldPlace, reason: str, *, actor: Actor, now: datetime) -> None:
    """Write down that a leader did not come and nobody stepped in: the turn then does not count (domain 2.1)."""
    must(actor, Action.ASSIGN_DUTY)
    refuse(reason_problems(reason.strip(), EXAMPLE))
    day, turn = _held_turn(session, held)
    if day.day > now.date():
        raise RuleBroken(f"{day_text(day.day)}还没有到，不能登记未到场。不能到场的，请安排补位或登记请假。")
    if not turn.attended:
        raise Conflict("别人刚刚已登记未到场，没有改动。请刷新页面查看。")
    turn.attended = False
    why = f"未到场：{reason.strip()}"
    keep_change(session, day, held.seat, held.position, TurnAct.ABSENT, held.leader_id, None, why, actor=actor, now=now)
    name = session.get_one(Leader, held.leader_id).name
    words = f"{dated(day.day)}{held.seat.label}{name}未到场，不计次数（{reason.strip()}）"
    record(session, actor, now, "duty_absence_noted", day, summary=words)


def undo_absence(session: Session, held: HeldPlace, *, actor: Actor, now: datetime) -> None:
    """Correct an absence written down by mistake: the leader came, and the turn counts."""
    must(actor, Action.ASSIGN_DUTY)
    day, turn = _held_turn(session, held)
    if turn.attended:
        raise Conflict("这一次已是到场，没有改动。请刷新页面查看。")
    turn.attended = True
    why = "更正：实际到场"
    keep_change(session, day, held.seat, held.position, TurnAct.SEATED, None, held.leader_id, why, actor=actor, now=now)
    name = session.get_one(Leader, held.leader_id).name
    words = f"{dated(day.day)}{held.seat.label}{name}更正为已到场"
    record(session, actor, now, "duty_absence_undone", day, summary=words)


def _held_turn(session: Session, held: HeldPlace) -> tuple[ReceptionDay, DutyTurn]:
    """The day, held until this transaction ends, and the turn as it was seen. Raises NotFound, Conflict, RuleBroken."""
    day = session.get(ReceptionDay, held.day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound("没有找到这个接待日。")
    if day.state is DayState.CANCELLED:
        raise RuleBroken("接待日已取消，不再有轮值。")
    turn = turn_at(session, day.id, held.seat, held.position)
    if turn is None:
        raise Conflict(f"您打开页面之后，当日{held.seat.label}已空出，没有改动。请刷新页面查看。")
    if turn.leader_id != held.leader_id:
        there = session.get_one(Leader, turn.leader_id).name
        raise Conflict(f"您打开页面之后，当日{held.seat.label}已改由{there}担任，没有改动。请刷新页面查看。")
    return day, turn


def _standbys(turns: Iterable[TurnRow], day: date, held: TurnRow) -> dict[int, Place]:
    """The standbys of the day and their places; for a standby's own place nobody stands by."""
    if held.seat is DutySeat.STANDBY:
        return {}
    return {it.leader_id: Place(day, it.seat, it.position) for it in turns if it.seat is DutySeat.STANDBY}


def _in_order(found: Sequence[Substitute], order: Sequence[tuple[int, str]], first: SubstituteFrom) -> list[Substitute]:
    by_id = {it.leader_id: it for it in found}
    stepping_up = first is SubstituteFrom.STANDBY
    said = "当日补位领导，先由其补位。" if stepping_up else "当日补位领导；本单位先按轮值顺序递补。"
    standbys = [replace(it, why=said) for it in found if it.can and it.standby is not None]
    standbys.sort(key=lambda it: it.standby.position if it.standby else 0)
    following = [replace(by_id[leader_id], why=why) for leader_id, why in order]
    cannot = [it for it in found if not it.can]
    able = [*standbys, *following] if stepping_up else [*following, *standbys]
    return [*able, *sorted(cannot, key=lambda it: not it.only_gap)]


def _tell(
    session: Session, day: ReceptionDay, leader_ids: Sequence[int], words: str, *, actor: Actor, now: datetime
) -> None:
    told = {*accounts_of_leaders(session, leader_ids), *accounts_in_role(session, Role.OFFICE)} - {actor.account_id}
    key = f"substituted:{day.id}:{day.sequence}"
    tell(session, told, key, words, url=f"/reception-days/{day.day.isoformat()}", now=now)
