"""A rota plan from draft to publication: worked out, shown to the leaders, corrected by hand, published (NX-04, NX-05)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.domain.duty_plans import PLAN_STEPS, PlanMode, PlanState
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, held_on, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import KEPT_BY_A_NEW_PLAN, TurnOrigin
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.services.duty import store_turns
from portal.services.messages import accounts_of_leaders, tell
from portal.services.reception_days import LONGEST_REASON, SHORTEST_REASON, dated
from portal.services.rota_changes import Seating, seat_everybody, tell_everybody
from portal.services.rota_problems import Given, Place, PlanDay, RotaProblem, Stays, rota_problem
from portal.services.rota_solving import WorkedRota, WorkedTurn, worked_rota
from portal.store.audit_trail import record
from portal.store.models.duty import DutyPlan, PlannedTurn
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import RotaLeader, rota_leaders
from portal.store.queries.duty_plans import PlanFile, PlannedRow, open_plan, plan_file
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_between, days_numbered
from portal.store.queries.rota import HeldTurn, held_turns

PLANNABLE = frozenset({DayState.PLANNED, DayState.PUBLISHED})
"""A day in one of these states may be planned; leaders of a published day have been announced and stay."""

SECOND_PLAN = "已有一个排班方案正在进行，一次只能有一个。请先发布或放弃它，再拟新的方案。"
CHANGED = "算出方案之后，轮值、请假或设置有了变化，没有保存。请重新计算后再看。"


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """Which days are planned, both ends included, and what may move."""

    first: date
    last: date
    mode: PlanMode = PlanMode.FILL


def empty_span(session: Session, *, today: date) -> tuple[date, date] | None:
    """From the first coming day with an empty place to the last one, None when every place is held."""
    wanted = office_rules(session).seats
    days = [it.day for it in days_between(session, today) if it.state in PLANNABLE and it.empty_places(wanted)]
    return (days[0], days[-1]) if days else None


def worked_plan(session: Session, order: PlanOrder, *, today: date) -> WorkedRota:
    """Work a plan out without keeping it (NX-04). Raises RuleBroken when there is nothing to plan."""
    return worked_rota(_asked(session, order, (), today=today))


def reworked_plan(session: Session, plan: PlanFile, *, today: date) -> WorkedRota:
    """Work a plan out again from the records as they are now, keeping what was fixed and changing as little as possible."""
    return worked_rota(_asked(session, _order(plan), plan.turns, today=today))


def draft_plan(session: Session, order: PlanOrder, worked: WorkedRota, *, actor: Actor, now: datetime) -> DutyPlan:
    """Keep a plan that was worked out as a draft. Raises Conflict when the records changed or another plan is open."""
    must(actor, Action.ASSIGN_DUTY)
    if open_plan(session) is not None:
        raise Conflict(SECOND_PLAN)
    _must_be_the_same(_asked(session, order, (), today=now.date()), worked)
    plan = DutyPlan(
        state=PlanState.DRAFT,
        open_mark=1,
        first_day=order.first,
        last_day=order.last,
        outcome=worked.status,
        findings=_findings(session, order, worked),
        made_by=actor.name,
        made_at=now,
        turns=[_planned(it) for it in worked.turns],
    )
    session.add(plan)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(SECOND_PLAN) from None
    record(session, actor, now, "duty_plan_drafted", plan, summary=f"拟排班方案 {_span(plan)}")
    return plan


def rework_plan(
    session: Session, plan_id: int, worked: WorkedRota, *, version: int, actor: Actor, now: datetime
) -> DutyPlan:
    """Put what was worked out again in the place of the draft."""
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    before = plan_file(session, plan_id)
    order = _order(before)
    _must_be_the_same(_asked(session, order, before.turns, today=now.date()), worked)
    fixed = {(it.day_id, it.seat, it.position) for it in before.turns if it.is_fixed}
    plan.turns.clear()
    session.flush()
    plan.turns.extend(_planned(it, fixed=it.place in fixed) for it in worked.turns)
    changed = _changed(before.turns, worked.turns)
    plan.findings = {**_findings(session, order, worked), "again": True, "changed": changed}
    plan.outcome = worked.status
    session.flush()
    summary = f"重新计算排班方案 {_span(plan)}，变动 {len(changed)} 处"
    record(session, actor, now, "duty_plan_reworked", plan, summary=summary)
    return plan


def choose_by_hand(
    session: Session,
    plan_id: int,
    turn_id: int,
    leader_id: int,
    reason: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> PlannedTurn:
    """Give a place of a draft to somebody by hand; it stays when the plan is worked out again.

    Somebody who has another place that day changes places. Raises RuleBroken on `leader` or `reason`.
    """
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    if plan.state is not PlanState.DRAFT:
        raise RuleBroken("方案正在征求意见，不能手工改。请先退回草案。", field="leader")
    turn = _place(plan, turn_id)
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(f"请写明理由，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字。", field="reason")
    day = session.get_one(ReceptionDay, turn.reception_day_id)
    leader = _serving(session, leader_id, day)
    if turn.leader_id == leader_id:
        raise RuleBroken(f"{leader.name}已经排在这个席位，无需更换。", field="leader")
    other = next((it for it in plan.turns if it.reception_day_id == day.id and it.leader_id == leader_id), None)
    if other is not None and other.is_fixed:
        raise RuleBroken(
            f"{leader.name}当日已固定任{DutySeat(other.seat).label}。请另选一位，或先调整那个席位。", field="leader"
        )
    leaves, left_post = turn.leader_id, turn.post
    turn.leader_id = None
    if other is not None:
        other.leader_id = None
        session.flush()
        other.leader_id, other.post, other.why, other.passed_over = leaves, left_post, f"与{leader.name}换席。", []
    session.flush()
    held = held_on(leader.posts, day.day)
    turn.leader_id, turn.post, turn.is_fixed = leader_id, held.title if held else "", True
    turn.why, turn.passed_over = f"手工指定：{reason}", []
    _touch(plan)
    session.flush()
    summary = f"方案 {_span(plan)}：{dated(day.day)}{DutySeat(turn.seat).label}手工指定{leader.name}（{reason}）"
    record(session, actor, now, "duty_plan_changed", plan, summary=summary)
    return turn


def release_place(session: Session, plan_id: int, turn_id: int, *, version: int, actor: Actor, now: datetime) -> None:
    """Let a place that was chosen by hand move again when the plan is worked out anew."""
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    turn = _place(plan, turn_id)
    turn.is_fixed = False
    _touch(plan)
    record(session, actor, now, "duty_plan_changed", plan, summary=f"方案 {_span(plan)}：取消一个席位的固定")


def consult(session: Session, plan_id: int, *, version: int, actor: Actor, now: datetime) -> DutyPlan:
    """Show a draft to the leaders and their secretaries, who mark the dates on which they cannot come (domain 2.1)."""
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    plan.state = PLAN_STEPS.advance(plan.state, PlanState.CONSULTING)
    days = office_rules(session).consult_days
    plan.consult_until = calendar_now(session).after(now.date(), days)
    session.flush()
    until = day_text(plan.consult_until, now.date())
    serving = [it.id for it in rota_leaders(session, now.date()) if it.serves_from <= plan.last_day]
    tell(
        session,
        accounts_of_leaders(session, serving),
        f"duty-plan-consulting:{plan.id}:{plan.version}",
        f"轮值方案征求意见，请于{until}前标出不便的日期",
        body=f"方案日期：{_span(plan)}。打开方案可看到您的席位；不能到场的日期请标记，办公室据此调整。",
        url=f"/duty/plans/{plan.id}",
        now=now,
    )
    record(session, actor, now, "duty_plan_consulted", plan, summary=f"排班方案 {_span(plan)}征求意见至{until}")
    return plan


def take_back(session: Session, plan_id: int, *, version: int, actor: Actor, now: datetime) -> DutyPlan:
    """End the consultation and work on the draft again; the marks stay."""
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    plan.state = PLAN_STEPS.advance(plan.state, PlanState.DRAFT)
    plan.consult_until = None
    record(session, actor, now, "duty_plan_taken_back", plan, summary=f"排班方案 {_span(plan)}退回草案")
    return plan


def discard(session: Session, plan_id: int, *, version: int, actor: Actor, now: datetime) -> DutyPlan:
    """Give a plan up; nobody has been seated by it."""
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    plan.state, plan.open_mark = PLAN_STEPS.advance(plan.state, PlanState.DISCARDED), None
    record(session, actor, now, "duty_plan_discarded", plan, summary=f"放弃排班方案 {_span(plan)}")
    return plan


def publish(session: Session, plan_id: int, *, version: int, actor: Actor, now: datetime) -> list[Seating]:
    """Seat everybody as the plan says and tell them; answers what changed (NX-04).

    Raises Conflict, naming what is different, when the records have changed since the plan was worked out.
    """
    must(actor, Action.ASSIGN_DUTY)
    plan = _open(session, plan_id, version)
    file = plan_file(session, plan_id, reasons=True)
    ids = {it.day_id for it in file.turns}
    coming = select(ReceptionDay).where(ReceptionDay.id.in_(ids)).order_by(ReceptionDay.id)
    days = {it.id: it for it in session.scalars(coming.with_for_update().execution_options(populate_existing=True))}
    found = obstacles(session, file)
    if found:
        raise Conflict(f"{'；'.join(found)}。没有发布，请重新计算后再发布。")
    plan.state, plan.open_mark = PLAN_STEPS.advance(plan.state, PlanState.PUBLISHED), None
    plan.published_at = now
    seatings = _seatings(session, file)
    seat_everybody(session, days, seatings, actor=actor, now=now)
    store_turns(session, "发布时别人刚刚安排了同一席位，没有发布。请重新计算后再发布。")
    summary = f"发布排班方案 {_span(plan)}，排定 {len(seatings)} 个席位"
    record(session, actor, now, "duty_plan_published", plan, summary=summary)
    key = f"duty-plan-published:{plan.id}"
    tell_everybody(session, days, seatings, key=key, subject="轮值安排已发布，请查看您的轮值日期", now=now)
    return seatings


def obstacles(session: Session, plan: PlanFile) -> list[str]:
    """What has changed in the records so that the plan cannot be published as it stands; empty when nothing has."""
    rules = office_rules(session)
    days = {it.id: it for it in days_numbered(session, {turn.day_id for turn in plan.turns})}
    return [
        *_moved_days(plan, days),
        *_moved_turns(plan, days, rules.seats),
        *_no_longer_possible(session, plan),
    ]


def _moved_days(plan: PlanFile, days: Mapping[int, DayRow]) -> list[str]:
    told = []
    for day_id, kept in sorted((int(it), date.fromisoformat(day)) for it, day in plan.findings["days"].items()):
        row = days.get(day_id)
        if row is None or row.state not in PLANNABLE:
            told.append(f"{dated(kept)}接待日{row.state.label if row else '已删去'}")
        elif row.day != kept:
            told.append(f"{dated(kept)}接待日已改到{dated(row.day)}")
    return told


def _moved_turns(plan: PlanFile, days: Mapping[int, DayRow], seats: Sequence[str]) -> list[str]:
    """Places that somebody else has taken or left since."""
    kept = {(it[0], DutySeat(it[1]), it[2]): it[3] for it in plan.findings["held"]}
    held = {(turn.day_id, turn.seat, turn.position): turn for day in days.values() for turn in day.turns}
    told = []
    for place in sorted(kept.keys() | held.keys()):
        there = held.get(place)
        if (there.leader_id if there else None) == kept.get(place):
            continue
        row = days.get(place[0])
        if row is not None:
            now_there = f"已由{there.leader}担任" if there else "已撤下"
            told.append(f"{dated(row.day)}{place[1].label}{now_there}")
    if sorted(plan.findings["seats"]) != sorted(seats):
        told.append("每个接待日的席位设置已改")
    return told


def _no_longer_possible(session: Session, plan: PlanFile) -> list[str]:
    """Leaders who would be seated anew but have become unable to come since."""
    fresh = {it.place: it for it in _new_places(plan)}
    if not fresh:
        return []
    asked = rota_problem(session, Given(tuple({it.day_id: PlanDay(it.day_id, it.day) for it in plan.turns}.values())))
    told = []
    pools = {seat.id: seat.pool for seat in asked.problem.seats}
    serving = {person.id: person for person in asked.problem.leaders}
    for it in fresh.values():
        person = serving.get(str(it.leader_id))
        where = f"{it.leader}{dated(it.day)}"
        pool = pools.get(it.seat.value)
        if person is None or not person.in_term(it.day):
            told.append(f"{where}不在任期内")
        elif (it.day, it.leader_id) in asked.away:
            told.append(f"{where}{asked.away[it.day, it.leader_id]}")
        elif pool is not None and person.id not in pool and not it.is_fixed:
            told.append(f"{it.leader}已不在{it.seat.label}名单")
    return told


@dataclass(frozen=True, slots=True)
class _NewPlace:
    place: Place
    day: date
    seat: DutySeat
    leader_id: int
    leader: str
    is_fixed: bool


def _new_places(plan: PlanFile) -> Iterable[_NewPlace]:
    kept = {(it[0], DutySeat(it[1]), it[2]): it[3] for it in plan.findings["held"]}
    for it in plan.turns:
        place = (it.day_id, it.seat, it.position)
        if it.leader_id is not None and kept.get(place) != it.leader_id:
            yield _NewPlace(place, it.day, it.seat, it.leader_id, it.leader, it.is_fixed)


def _seatings(session: Session, plan: PlanFile) -> list[Seating]:
    """What publishing changes: places that get somebody, or somebody else, or nobody any more."""
    held = {
        (it.day_id, it.seat, it.position): it.leader_id for it in held_turns(session, {it.day_id for it in plan.turns})
    }
    return [
        Seating(
            it.day_id,
            it.seat,
            it.position,
            it.leader_id,
            it.leader,
            it.post,
            it.why,
            tuple({"leader": passed.leader, "why": passed.why} for passed in it.passed_over),
            was=held.get((it.day_id, it.seat, it.position)),
            origin=TurnOrigin.HAND if it.is_fixed else TurnOrigin.PLAN,
            is_fixed=it.is_fixed,
        )
        for it in plan.turns
        if held.get((it.day_id, it.seat, it.position)) != it.leader_id
    ]


def _asked(session: Session, order: PlanOrder, drafted: Sequence[PlannedRow], *, today: date) -> RotaProblem:
    """The problem of a plan: what stays, what may move, and what the draft already says."""
    if order.last < order.first:
        raise RuleBroken("结束日期不能早于开始日期。", field="last")
    rows = [it for it in days_between(session, max(order.first, today), order.last) if it.state in PLANNABLE]
    if not rows:
        raise RuleBroken("这段时间没有可以排班的接待日。请换一段时间，或先编排接待日。", field="first")
    rules = office_rules(session)
    if order.mode is PlanMode.FILL and not drafted and not any(it.empty_places(rules.seats) for it in rows):
        raise RuleBroken("这段时间的席位都已排定，没有空缺。如要调整，请选一种重排。", field="mode")
    states = {it.id: it.state for it in rows}
    held = held_turns(session, states)
    stays = {
        (it.day_id, it.seat, it.position): Stays(it.leader_id, it.why)
        for it in held
        if _must_stay(it, states[it.day_id], order.mode)
    }
    previous = {
        (it.day_id, it.seat, it.position): it.leader_id for it in held if (it.day_id, it.seat, it.position) not in stays
    }
    if order.mode is PlanMode.ANEW:
        previous = {}
    _lay_draft(drafted, stays, previous)
    return rota_problem(session, _known_places(rows, stays, previous, rules.seats))


def _must_stay(turn: HeldTurn, state: DayState, mode: PlanMode) -> bool:
    if mode is PlanMode.FILL or turn.is_fixed or state is not DayState.PLANNED:
        return True
    return turn.origin in KEPT_BY_A_NEW_PLAN


def _lay_draft(drafted: Iterable[PlannedRow], stays: dict[Place, Stays], previous: dict[Place, int]) -> None:
    """What the draft says takes the place of what is held, apart from the turns that stay anyway."""
    for it in drafted:
        place = (it.day_id, it.seat, it.position)
        if place in stays:
            continue
        previous.pop(place, None)
        seated = any(its[0] == it.day_id and other.leader_id == it.leader_id for its, other in stays.items())
        if it.leader_id is None or seated:
            continue
        if it.is_fixed:
            stays[place] = Stays(it.leader_id, it.why)
        else:
            previous[place] = it.leader_id


def _known_places(
    rows: Sequence[DayRow], stays: Mapping[Place, Stays], previous: Mapping[Place, int], seats: Sequence[str]
) -> Given:
    """Only places the office has today, on days that are planned; others are history to the problem."""
    wanted = {(seat, position) for seat in DutySeat for position in range(1, list(seats).count(seat.value) + 1)}
    days = tuple(PlanDay(it.id, it.day) for it in rows)
    ids = {it.id for it in days}

    def known(place: Place) -> bool:
        return place[0] in ids and place[1:] in wanted

    return Given(
        days,
        {place: it for place, it in stays.items() if known(place)},
        {place: it for place, it in previous.items() if known(place)},
    )


def _must_be_the_same(asked: RotaProblem, worked: WorkedRota) -> None:
    """A plan is kept only if the records still ask what was answered."""
    if (asked.problem, asked.given) != (worked.asked.problem, worked.asked.given):
        raise Conflict(CHANGED)


def _planned(it: WorkedTurn, *, fixed: bool = False) -> PlannedTurn:
    return PlannedTurn(
        reception_day_id=it.day_id,
        seat=it.seat.value,
        position=it.position,
        leader_id=it.leader_id,
        post=it.post,
        why=it.why,
        passed_over=[dict(passed) for passed in it.passed_over],
        is_fixed=fixed and it.leader_id is not None,
    )


def _changed(before: Iterable[PlannedRow], after: Iterable[WorkedTurn]) -> list[dict[str, str]]:
    """The places that somebody else has now, as they are shown beside the plan."""
    was = {(it.day_id, it.seat, it.position): it.leader for it in before}
    return [
        {"day": it.day.isoformat(), "seat": it.seat.value, "from": was.get(it.place, ""), "to": it.leader}
        for it in after
        if was.get(it.place, "") != it.leader
    ]


def _findings(session: Session, order: PlanOrder, worked: WorkedRota) -> dict[str, Any]:
    """What is kept beside the places: the solver's findings, and the records the plan stands on."""
    ids = [it.id for it in worked.asked.given.days]
    return {
        **worked.findings,
        "mode": order.mode.value,
        "again": False,
        "changed": [],
        "stale": False,
        "seats": list(office_rules(session).seats),
        "days": {str(it.id): it.day.isoformat() for it in worked.asked.given.days},
        "held": [[it.day_id, it.seat.value, it.position, it.leader_id] for it in held_turns(session, ids)],
    }


def _touch(plan: DutyPlan) -> None:
    """A change by hand makes loads and spread old until the plan is worked out again."""
    plan.findings = {**plan.findings, "stale": True}


def _order(plan: PlanFile) -> PlanOrder:
    return PlanOrder(plan.row.first_day, plan.row.last_day, PlanMode(plan.findings["mode"]))


def _open(session: Session, plan_id: int, version: int) -> DutyPlan:
    """An open plan as the person saw it. Raises NotFound, RuleBroken or Conflict."""
    plan = session.scalar(
        select(DutyPlan)
        .where(DutyPlan.id == plan_id)
        .options(selectinload(DutyPlan.turns))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if plan is None:
        raise NotFound("没有找到这个排班方案。请从轮值安排页面进入。")
    if plan.open_mark is None:
        raise Conflict(f"排班方案{plan.state.label}，不能再改。")
    if plan.version != version:
        raise Conflict("您打开页面之后，别人改动了这个方案。请刷新页面，看过最新内容再操作。")
    return plan


def _place(plan: DutyPlan, turn_id: int) -> PlannedTurn:
    turn = next((it for it in plan.turns if it.id == turn_id), None)
    if turn is None:
        raise NotFound("方案里没有这个席位，可能已重新计算。请回到方案页面。")
    return turn


def _serving(session: Session, leader_id: int, day: ReceptionDay) -> RotaLeader:
    found = next(
        (it for it in rota_leaders(session, day.day) if it.id == leader_id and it.serves_from <= day.day), None
    )
    if found is None:
        raise RuleBroken(f"所选领导在{dated(day.day)}不在任期内，请另选一位。", field="leader")
    return found


def _span(plan: DutyPlan) -> str:
    return f"{dated(plan.first_day)}至{dated(plan.last_day)}"
