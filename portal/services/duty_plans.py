"""A rota plan from draft to publication: worked out, shown to the leaders, corrected by hand, published (NX-04, NX-05)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from portal.domain.duty_plans import PLAN_STEPS, PlanState
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, held_on, must
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnOrigin
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.services.duty import check_not_on_leave, store_turns
from portal.services.messages import accounts_of_leaders, tell
from portal.services.plan_obstacles import obstacles
from portal.services.plan_problems import PlanOrder, must_be_the_same, order_of, plan_problem
from portal.services.reception_days import LONGEST_REASON, SHORTEST_REASON, dated
from portal.services.rota_changes import Seating, seat_everybody, tell_everybody
from portal.services.rota_solving import WorkedRota, WorkedTurn
from portal.store.audit_trail import record
from portal.store.models.duty import DutyPlan, PlannedTurn
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import RotaLeader, rota_leaders
from portal.store.queries.duty_plans import PlanFile, PlannedRow, open_plan, plan_file
from portal.store.queries.office import office_rules
from portal.store.queries.rota import held_turns

SECOND_PLAN = "已有一个排班方案正在进行，一次只能有一个。请先发布或放弃它，再拟新的方案。"


def draft_plan(session: Session, order: PlanOrder, worked: WorkedRota, *, actor: Actor, now: datetime) -> DutyPlan:
    """Keep a plan that was worked out as a draft. Raises Conflict when the records changed or another plan is open."""
    must(actor, Action.ASSIGN_DUTY)
    if open_plan(session) is not None:
        raise Conflict(SECOND_PLAN)
    must_be_the_same(plan_problem(session, order, (), today=now.date()), worked)
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
    order = order_of(before)
    must_be_the_same(plan_problem(session, order, before.turns, today=now.date()), worked)
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
    found = obstacles(session, file, today=now.date())
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
    """A change by hand makes loads and spread old until the plan is worked out again; every one counts the version up."""
    plan.findings = {**plan.findings, "stale": True}
    flag_modified(plan, "findings")


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
    check_not_on_leave(session, found, day.day)
    return found


def _span(plan: DutyPlan) -> str:
    return f"{dated(plan.first_day)}至{dated(plan.last_day)}"
