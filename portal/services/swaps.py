"""Swapping duty: offered by one, taken by another, or entered by the office for both (domain 2.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.people import Action, Actor, Role, must
from portal.domain.rota import DutySeat
from portal.domain.swaps import (
    SWAP_STEPS,
    SWAPPABLE_DAYS,
    Obstacle,
    Place,
    SwapState,
    only_gap,
    reason_problems,
    remark_problems,
    swap_obstacles,
    swap_problems,
)
from portal.domain.workdays import day_text
from portal.services.duty import post_on
from portal.services.leaves import check_own
from portal.services.messages import accounts_in_role, accounts_of_leaders, tell
from portal.services.turns import Hand, exchange_places, turn_at
from portal.store.audit_trail import record
from portal.store.models.duty import Swap
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty import rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.rota import seat_pools
from portal.store.queries.swaps import lapsed_offers, standings

EXAMPLE, AGREED_EXAMPLE = "与上级会议冲突", "已电话征得×××同意"


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place as somebody saw it: where it is, and which leader sat there."""

    day_id: int
    seat: DutySeat
    position: int
    leader_id: int


@dataclass(frozen=True, slots=True)
class SwapOrder:
    """A turn given, the turn wanted for it (None: whichever somebody puts up), and the reason."""

    mine: HeldPlace
    other: HeldPlace | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a swap, held until this transaction ends."""

    day: ReceptionDay
    turn: DutyTurn
    leader: Leader

    @property
    def place(self) -> Place:
        return Place(self.day.day, DutySeat(self.turn.seat), self.turn.position)


def offer_swap(session: Session, order: SwapOrder, *, actor: Actor, now: datetime) -> Swap:
    """Offer a turn for a named one, or for any somebody puts up (domain 2.1: 与下月领导调换).

    A swap that would break a rule is refused at once, naming the rule. Raises Conflict when a place is no longer held by
    the leader who was seen there, or is offered already.
    """
    must(actor, Action.SWAP_DUTY)
    check_own(actor, order.mine.leader_id, "调换")
    reason = order.reason.strip()
    refuse(reason_problems(reason, EXAMPLE))
    mine, other = _sides(session, order.mine, order.other, today=now.date())
    if other is not None:
        found = swap_obstacles_of(session, mine.leader.id, mine.place, other.leader.id, other.place)
        _refuse_broken(found, actor, gap_waived=False)
    swap = _swap(SwapState.OPEN, order, reason, actor, now)
    session.add(swap)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("这个轮值已经提出调换，正在等对方答复。请先撤回那一次，或等对方答复。") from None
    if other is None:
        words = f"{mine.leader.name}征求调换：{mine.place.text(now.date())}"
        told = {*accounts_in_role(session, Role.LEADER, Role.SECRETARY, Role.OFFICE)}
    else:
        words = f"{mine.leader.name}提出与{other.leader.name}调换：{_exchange(mine, other, now.date())}"
        told = {*accounts_of_leaders(session, [mine.leader.id, other.leader.id])}
        told |= {*accounts_in_role(session, Role.OFFICE)}
    record(session, actor, now, "swap_offered", swap, summary=words)
    tell(session, told - {actor.account_id}, f"swap-offered:{swap.id}", words, url=_url(swap), now=now)
    return swap


def swap_for_both(session: Session, order: SwapOrder, *, gap_waived: bool = False, actor: Actor, now: datetime) -> Swap:
    """Enter a swap both leaders have agreed to elsewhere; only the office does, with its reason (domain 2.1).

    `gap_waived` sets the distance between turns aside, and nothing else.
    """
    must(actor, Action.ASSIGN_DUTY)
    reason = order.reason.strip()
    refuse(reason_problems(reason, EXAMPLE))
    if order.other is None:
        raise RuleBroken("请选择与哪一个轮值调换。", field="other")
    swap = _swap(SwapState.AGREED, order, reason, actor, now)
    swap.decided_by, swap.decided_at, swap.remark = actor.name, now, "已征得双方同意"
    mine, other = _sides(session, order.mine, order.other, today=now.date())
    session.add(swap)
    assert other is not None  # noqa: S101 - tells mypy what was refused above
    _exchange_turns(session, swap, mine, other, gap_waived=gap_waived, actor=actor, now=now)
    return swap


def accept_swap(
    session: Session,
    swap_id: int,
    *,
    mine: HeldPlace | None = None,
    remark: str = "",
    gap_waived: bool = False,
    actor: Actor,
    now: datetime,
) -> Swap:
    """Take an offered turn for the one asked for, or for `mine` when the offer is open to all.

    Of two who take it at once exactly one wins, the other gets Conflict. The office may do it on somebody's behalf and
    then says so in `remark`; only the office may set the distance between turns aside.
    """
    must(actor, Action.SWAP_DUTY)
    swap = _offer(session, swap_id)
    gives = HeldPlace(swap.reception_day_id, DutySeat(swap.seat), swap.position, swap.leader_id)
    takes = _named(swap) or mine
    if takes is None:
        raise RuleBroken("请选择用哪一个轮值去换。", field="other")
    check_own(actor, takes.leader_id, "调换")
    if actor.role is Role.OFFICE:
        refuse(reason_problems(remark.strip(), AGREED_EXAMPLE, field="remark"))
    if takes.leader_id == swap.leader_id:
        raise RuleBroken("不能与本人的轮值调换，请另选一个。", field="other")
    _hold_days(session, [gives.day_id, takes.day_id])
    _settle(session, swap, SwapState.AGREED, remark, taken=takes, actor=actor, now=now)
    one, other = _sides(session, gives, takes, today=now.date())
    assert other is not None  # noqa: S101 - tells mypy that a place was named
    waived = gap_waived and actor.role is Role.OFFICE
    _exchange_turns(session, swap, one, other, gap_waived=waived, actor=actor, now=now)
    return swap


def refuse_swap(session: Session, swap_id: int, remark: str = "", *, actor: Actor, now: datetime) -> Swap:
    """Say no to an offer that names a turn of one's own; the office may pass a refusal on."""
    must(actor, Action.SWAP_DUTY)
    swap = _offer(session, swap_id)
    if swap.other_leader_id is None:
        raise RuleBroken("这次调换没有指定对方，无须答复；不想换的，不选它就可以。")
    check_own(actor, swap.other_leader_id, "调换")
    refuse(remark_problems(remark))
    _settle(session, swap, SwapState.REFUSED, remark, actor=actor, now=now)
    words = f"{_name(session, swap.other_leader_id)}不同意与{_name(session, swap.leader_id)}调换"
    record(session, actor, now, "swap_refused", swap, summary=words)
    _tell_sides(session, swap, words, "refused", actor=actor, now=now)
    return swap


def withdraw_swap(session: Session, swap_id: int, remark: str = "", *, actor: Actor, now: datetime) -> Swap:
    """Take an offer back before anybody has taken it."""
    must(actor, Action.SWAP_DUTY)
    swap = _offer(session, swap_id)
    check_own(actor, swap.leader_id, "调换")
    refuse(remark_problems(remark))
    _settle(session, swap, SwapState.WITHDRAWN, remark, actor=actor, now=now)
    words = f"撤回{_name(session, swap.leader_id)}提出的调换"
    record(session, actor, now, "swap_withdrawn", swap, summary=words)
    _tell_sides(session, swap, words, "withdrawn", actor=actor, now=now)
    return swap


def lapse_offers(session: Session, *, now: datetime) -> int:
    """End the offers that nobody can take any more, and tell both sides; answers how many."""
    actor, lapsed = Actor.system(), lapsed_offers(session, now.date())
    for swap in session.scalars(
        select(Swap).where(Swap.id.in_(lapsed), Swap.state == SwapState.OPEN).order_by(Swap.id).with_for_update()
    ):
        swap.state, swap.decided_at = SWAP_STEPS.advance(swap.state, SwapState.OVERTAKEN), now
        swap.decided_by, swap.remark = actor.name, "接待日已开始、已过或已取消，没有人答复。"
        words = f"{_name(session, swap.leader_id)}提出的调换没有人答复，已失效"
        record(session, actor, now, "swap_overtaken", swap, summary=words)
        _tell_sides(session, swap, words, "lapsed", actor=actor, now=now)
    return len(lapsed)


def swap_obstacles_of(session: Session, leader_id: int, gives: Place, other_id: int, takes: Place) -> list[Obstacle]:
    """Every rule that two leaders would break by exchanging their places, from the records."""
    pools = seat_pools(session)
    known = standings(session, [leader_id, other_id], pools=pools)
    gap = office_rules(session).min_gap_days
    return swap_obstacles(known[leader_id], gives, known[other_id], takes, closed=pools.keys(), min_gap_days=gap)


def _swap(state: SwapState, order: SwapOrder, reason: str, actor: Actor, now: datetime) -> Swap:
    mine, other = order.mine, order.other
    return Swap(
        state=state,
        reception_day_id=mine.day_id,
        seat=mine.seat.value,
        position=mine.position,
        leader_id=mine.leader_id,
        other_day_id=other.day_id if other else None,
        other_seat=other.seat.value if other else "",
        other_position=other.position if other else None,
        other_leader_id=other.leader_id if other else None,
        reason=reason,
        offered_by=actor.name,
        offered_at=now,
    )


def _offer(session: Session, swap_id: int) -> Swap:
    """An offer that looked open a moment ago. Raises NotFound, Conflict."""
    swap = session.get(Swap, swap_id, populate_existing=True)
    if swap is None:
        raise NotFound("没有找到这次调换。")
    if swap.state is not SwapState.OPEN:
        raise Conflict(_what_happened(session, swap))
    return swap


def _named(swap: Swap) -> HeldPlace | None:
    """The place an offer asks for, None when it is open to all."""
    if swap.other_day_id is None or swap.other_position is None or swap.other_leader_id is None:
        return None
    return HeldPlace(swap.other_day_id, DutySeat(swap.other_seat), swap.other_position, swap.other_leader_id)


def _hold_days(session: Session, day_ids: Collection[int]) -> None:
    """Hold the days of a swap in one order for everybody, so that two swaps can never wait for one another."""
    for day_id in sorted(set(day_ids)):
        session.get(ReceptionDay, day_id, with_for_update=True, populate_existing=True)


def _sides(session: Session, mine: HeldPlace, other: HeldPlace | None, *, today: date) -> tuple[_Side, _Side | None]:
    """Both sides as they stand, held. Raises NotFound, Conflict, or RuleBroken for a day past swapping."""
    _hold_days(session, [mine.day_id, *([other.day_id] if other else [])])
    one = _side(session, mine, today=today)
    if other is None:
        return one, None
    if other.leader_id == mine.leader_id:
        raise RuleBroken("不能与本人的轮值调换，请另选一个。", field="other")
    return one, _side(session, other, today=today)


def _side(session: Session, held: HeldPlace, *, today: date) -> _Side:
    day = session.get(ReceptionDay, held.day_id)
    if day is None:
        raise NotFound("没有找到这个接待日。")
    if day.day < today or day.state not in SWAPPABLE_DAYS:
        past = "已经过去" if day.day < today else day.state.label
        raise RuleBroken(f"{day_text(day.day)}接待日{past}，不能再调换。当日有人不能到场的，请联系办公室安排补位。")
    turn = turn_at(session, day.id, held.seat, held.position)
    if turn is None:
        raise Conflict(f"您打开页面之后，{day_text(day.day)}{held.seat.label}已空出，没有调换。请刷新页面查看。")
    if turn.leader_id != held.leader_id:
        there = _name(session, turn.leader_id)
        raise Conflict(
            f"您打开页面之后，{day_text(day.day)}{held.seat.label}已改由{there}担任，没有调换。请刷新页面查看。"
        )
    return _Side(day, turn, session.get_one(Leader, turn.leader_id))


def _settle(
    session: Session,
    swap: Swap,
    state: SwapState,
    remark: str,
    *,
    taken: HeldPlace | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Bring an open offer to its end, if it still is open: the first wins, everybody after gets Conflict."""
    ended = {"state": state, "decided_by": actor.name, "decided_at": now, "remark": remark.strip()}
    if taken is not None:
        ended |= {"other_day_id": taken.day_id, "other_seat": taken.seat.value}
        ended |= {"other_position": taken.position, "other_leader_id": taken.leader_id}
    outcome = session.execute(
        update(Swap)
        .where(Swap.id == swap.id, Swap.state == SwapState.OPEN)
        .values(**ended)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(outcome, CursorResult)  # noqa: S101 - tells mypy what an UPDATE answers
    session.refresh(swap)
    if outcome.rowcount != 1:
        raise Conflict(_what_happened(session, swap))


def _what_happened(session: Session, swap: Swap) -> str:
    """Why an offer can no longer be answered, for whoever came second."""
    if swap.state is SwapState.AGREED and swap.other_leader_id is not None:
        with_whom = f"{_name(session, swap.leader_id)}已与{_name(session, swap.other_leader_id)}调换"
        return f"这次调换已经达成：{with_whom}，您的操作没有生效。"
    return f"这次调换{swap.state.label}（{swap.decided_by}），您的操作没有生效。"


def _exchange_turns(
    session: Session, swap: Swap, one: _Side, other: _Side, *, gap_waived: bool, actor: Actor, now: datetime
) -> None:
    found = swap_obstacles_of(session, one.leader.id, one.place, other.leader.id, other.place)
    _refuse_broken(found, actor, gap_waived=gap_waived)
    waived = f"；{''.join(it.message for it in found)}经办公室同意" if found else ""
    posts = _posts(session, one, other)
    words = f"{one.leader.name}与{other.leader.name}调换：{_exchange(one, other, now.date())}"
    hands = [
        Hand(
            side.day,
            side.turn,
            posts[side.leader.id],
            f"与{met.leader.name}调换：原在{side.place.text(met.day.day)}{waived}",
        )
        for side, met in ((one, other), (other, one))
    ]
    try:
        exchange_places(session, *hands, actor=actor, now=now)
    except IntegrityError:
        raise Conflict("调换时别人刚刚改动了这两日的轮值，没有调换。请刷新页面查看。") from None
    record(session, actor, now, "swap_agreed", swap, summary=words)
    _tell_sides(session, swap, words, "agreed", actor=actor, now=now)


def _refuse_broken(found: Collection[Obstacle], actor: Actor, *, gap_waived: bool) -> None:
    problems = swap_problems(found, gap_waived=gap_waived)
    if problems and only_gap(found):
        advice = (
            "如确需调换，请勾选不受间隔限制。" if actor.role is Role.OFFICE else "如确需调换，请联系工商联办公室办理。"
        )
        problems.append(Problem("other", advice))
    refuse(problems)


def _posts(session: Session, one: _Side, other: _Side) -> dict[int, str]:
    """The post each will hold on the day he or she goes to (domain 11.2)."""
    known = {it.id: it for it in rota_leaders(session, min(one.day.day, other.day.day))}
    goes = {one.leader.id: other.day.day, other.leader.id: one.day.day}
    return {leader_id: post_on(known[leader_id], day) if leader_id in known else "" for leader_id, day in goes.items()}


def _exchange(one: _Side, other: _Side, today: date) -> str:
    return f"{one.place.text(today)} ↔ {other.place.text(today)}"


def _tell_sides(session: Session, swap: Swap, words: str, what: str, *, actor: Actor, now: datetime) -> None:
    sides = [it for it in (swap.leader_id, swap.other_leader_id) if it is not None]
    told = {*accounts_of_leaders(session, sides), *accounts_in_role(session, Role.OFFICE)} - {actor.account_id}
    tell(session, told, f"swap-{what}:{swap.id}", words, url=_url(swap), now=now)


def _url(swap: Swap) -> str:
    return f"/duty/swaps/{swap.id}"


def _name(session: Session, leader_id: int) -> str:
    return session.get_one(Leader, leader_id).name
