"""Rota plans: drafting, looking, correcting, consulting, publishing (NX-04, NX-05, domain 2.1)."""

from collections import Counter
from collections.abc import Callable
from datetime import date

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.duty_plans import PLAN_STEPS, PlanMode, PlanState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.rota import DutySeat
from portal.services import duty, duty_plans, plan_problems
from portal.services.plan_obstacles import obstacles
from portal.store.extension import read, write
from portal.store.queries.duty_plans import PlanFile, PlannedRow, open_plan, plan_file, plans_made
from portal.store.queries.reception_days import day_on
from portal.store.queries.rota import unsuitable_marks
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.calendars import calendar_warning
from portal.web.downloads import xlsx
from portal.web.duty.blueprint import LOOKERS, bp
from portal.web.duty.plan_forms import ChooseForm, NewPlanForm, PlanVersionForm
from portal.web.duty.plan_tables import (
    held_places,
    load_bar,
    marked_places,
    mean_turns,
    outcome_words,
    plan_table,
    seats_of,
    spread_words,
)
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.reception_days.blueprint import press

STEPS = ("草案", "征求意见", "发布")
AT = {PlanState.DRAFT: 0, PlanState.CONSULTING: 1, PlanState.PUBLISHED: 2, PlanState.DISCARDED: 0}
BARS = [("此前计入", "planned"), ("本方案主接待", "main"), ("本方案参加", "accompanying"), ("本方案补位", "standby")]


@bp.route("/plans/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def new_plan() -> Response:
    """Choose the days and have a plan worked out."""
    today = clock.today()
    span = plan_problems.empty_span(read(), today=today)
    usual = {"first": span[0] if span else today, "last": span[1] if span else None, "mode": PlanMode.FILL.value}
    form, status = NewPlanForm(data=usual), 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            try:
                order = form.order()
                worked = plan_problems.worked_plan(read(), order, today=today)
                made = write(lambda session: duty_plans.draft_plan(session, order, worked, actor=me(), now=clock.now()))
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
            else:
                flash("草案已算出。核对后可征求意见或直接发布。", "success")
                return go(url_for("duty.show_plan", plan_id=made.id))
    return render(
        "pages/duty/new_plan.html",
        "fragments/duty/_new_plan_form.html",
        status=status,
        form=form,
        plan=open_plan(read()),
        calendar_warning=calendar_warning(span or (), "接待日"),
        span=span,
    )


@bp.get("/plans/")
@allow(Role.OFFICE)
def every_plan() -> Response:
    """The plans there have been."""
    return render("pages/duty/plans.html", plans=plans_made(read()), open_plan=open_plan(read()))


@bp.get("/plans/<int:plan_id>")
@allow(*LOOKERS)
def show_plan(plan_id: int) -> Response:
    """The whole plan: who would sit where, what it changes, how even it is, and what can be done."""
    file, actor = _seen(plan_id), me()
    is_office = actor.role is Role.OFFICE
    marks = unsuitable_marks(read(), max(file.row.first_day, clock.today()), file.row.last_day)
    table = plan_table(file, marks)
    cells = [cell for _, _, its in table for cell in its]
    return render(
        "pages/duty/show_plan.html",
        "fragments/duty/_planned.html",
        plan=file.row,
        calendar_warning=calendar_warning((turn.day for turn in file.turns), "接待日"),
        findings=file.findings,
        table=table,
        seats=seats_of(file),
        own=[cell for cell in cells if cell.is_own],
        changes=[cell for cell in cells if cell.was and cell.is_new],
        filled=sum(cell.turn.leader_id is not None for cell in cells),
        unfilled=[cell.turn for cell in cells if cell.turn.leader_id is None],
        touched=sum(cell.is_marked for cell in cells),
        marks=marks if is_office else [it for it in marks if it.leader_id in actor.leader_ids],
        obstacles=obstacles(read(), file, today=clock.today()) if file.row.is_open and is_office else [],
        steps=STEPS,
        at=AT[file.row.state],
        outcome=outcome_words(file),
        mode=PlanMode(file.findings["mode"]),
        possible={step.to.value for step in PLAN_STEPS.possible(file.row.state)},
        bars=BARS,
        bar_rows=[load_bar(it, file.turns) for it in file.findings["loads"]],
        mean=mean_turns(file.findings["loads"]),
        spreads=spread_words(file.findings["spread"]),
        changed=[
            (date.fromisoformat(it["day"]), DutySeat(it["seat"]).label, it["from"], it["to"])
            for it in file.findings["changed"]
        ],
        is_office=is_office,
    )


@bp.get("/plans/<int:plan_id>.xlsx")
@allow(*LOOKERS)
def plan_xlsx(plan_id: int) -> Response:
    """The plan as a spreadsheet."""
    file = _seen(plan_id)
    columns = [Column("日期", 18), Column("席位", 10), Column("领导"), Column("职务", 30), Column("为什么", 60)]
    rows = ((it.day, it.seat.label, it.leader or "空缺", it.post, it.why) for it in file.turns)
    return xlsx(f"排班方案{file.row.id}", columns, rows, today=clock.today())


@bp.route("/plans/<int:plan_id>/places/<int:turn_id>", methods=["GET", "POST"])
@allow(*LOOKERS)
def planned_place(plan_id: int, turn_id: int) -> Response:
    """Why somebody would take a place, why not the others, and choosing by hand."""
    file = _seen(plan_id, reasons=True)
    turn = _turn(file, turn_id)
    may_choose = me().role is Role.OFFICE and file.row.state is PlanState.DRAFT
    form = ChooseForm(data={"version": file.row.version})
    form.offer(_choices(file, turn) if may_choose else [])
    answer = attempt(
        form,
        lambda session: duty_plans.choose_by_hand(
            session,
            plan_id,
            turn_id,
            int(form.leader.data),
            form.reason.data,
            version=form.version.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已改并固定。其余席位请重新计算。",
        onward=url_for("duty.show_plan", plan_id=plan_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/planned_place.html",
        "fragments/duty/_choose_form.html",
        status=answer,
        form=form,
        plan=file.row,
        turn=turn,
        may_choose=may_choose,
    )


@bp.post("/plans/<int:plan_id>/places/<int:turn_id>/release")
@allow(Role.OFFICE)
def release_place(plan_id: int, turn_id: int) -> Response:
    """Let a place chosen by hand move again."""
    form = PlanVersionForm()
    return press(
        form,
        lambda session: duty_plans.release_place(
            session, plan_id, turn_id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已取消固定，重新计算时可以变动。",
        onward=url_for("duty.show_plan", plan_id=plan_id),
    )


@bp.post("/plans/<int:plan_id>/rework")
@allow(Role.OFFICE)
def rework_plan(plan_id: int) -> Response:
    """Work the plan out again from the records as they are, changing as little as possible."""
    form, onward = PlanVersionForm(), url_for("duty.show_plan", plan_id=plan_id)
    try:
        worked = plan_problems.reworked_plan(read(), plan_file(read(), plan_id), today=clock.today())
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return go(onward)
    return press(
        form,
        lambda session: duty_plans.rework_plan(
            session, plan_id, worked, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已重新计算，固定的席位不变，其余尽量少改。",
        onward=onward,
    )


@bp.post("/plans/<int:plan_id>/consult")
@allow(Role.OFFICE)
def consult(plan_id: int) -> Response:
    """Show the draft to the leaders."""
    return _act(plan_id, duty_plans.consult, "已开始征求意见，领导和联络员已收到消息。")


@bp.post("/plans/<int:plan_id>/take-back")
@allow(Role.OFFICE)
def take_back(plan_id: int) -> Response:
    """End the consultation and work on."""
    return _act(plan_id, duty_plans.take_back, "已退回草案，不便的日期仍保留。")


@bp.route("/plans/<int:plan_id>/publish", methods=["GET", "POST"])
@allow(Role.OFFICE)
def publish_plan(plan_id: int) -> Response:
    """Say what publishing does, and do it."""
    return _confirmed(
        plan_id,
        lambda session, version: duty_plans.publish(session, plan_id, version=version, actor=me(), now=clock.now()),
        page="publish_plan",
        done="已发布，有关领导已收到消息。",
        onward=url_for("duty.rota"),
    )


@bp.route("/plans/<int:plan_id>/discard", methods=["GET", "POST"])
@allow(Role.OFFICE)
def discard_plan(plan_id: int) -> Response:
    """Say what giving the plan up does, and do it."""
    return _confirmed(
        plan_id,
        lambda session, version: duty_plans.discard(session, plan_id, version=version, actor=me(), now=clock.now()),
        page="discard_plan",
        done="已放弃方案。",
        onward=url_for("duty.rota"),
    )


def _act(plan_id: int, act: Callable[..., object], done: str) -> Response:
    form = PlanVersionForm()
    return press(
        form,
        lambda session: act(session, plan_id, version=form.version.data, actor=me(), now=clock.now()),
        done=done,
        onward=url_for("duty.show_plan", plan_id=plan_id),
    )


def _confirmed(plan_id: int, act: Callable[[Session, int], object], *, page: str, done: str, onward: str) -> Response:
    """A page that says what will happen, and the act itself."""
    file = plan_file(read(), plan_id)
    if request.method == "GET" and not file.row.is_open:
        return go(url_for("duty.show_plan", plan_id=plan_id))
    form = PlanVersionForm(data={"version": file.row.version})
    answer = attempt(form, lambda session: act(session, form.version.data), done=done, onward=onward)
    if isinstance(answer, Response):
        return answer
    file = plan_file(read(), plan_id)
    held = held_places(file)
    fresh = [it for it in file.turns if held.get((it.day_id, it.seat.value, it.position)) != it.leader_id]
    return render(
        f"pages/duty/{page}.html",
        f"fragments/duty/_{page}_form.html",
        status=answer,
        form=form,
        plan=file.row,
        fresh=[it for it in fresh if it.leader_id is not None],
        replaced=sum((it.day_id, it.seat.value, it.position) in held for it in fresh),
        unfilled=sum(it.leader_id is None for it in file.turns),
        stale=file.findings["stale"],
        marked=marked_places(file),
        obstacles=obstacles(read(), file, today=clock.today()) if file.row.is_open else [],
    )


def _seen(plan_id: int, *, reasons: bool = False) -> PlanFile:
    """The plan, for leaders and secretaries only once it is shown to them."""
    file = plan_file(read(), plan_id, reasons=reasons)
    if me().role is not Role.OFFICE and file.row.state not in (PlanState.CONSULTING, PlanState.PUBLISHED):
        raise NotFound("这个排班方案还没有征求意见。征求意见时会给您发消息。")
    return file


def _turn(file: PlanFile, turn_id: int) -> PlannedRow:
    found = next((it for it in file.turns if it.id == turn_id), None)
    if found is None:
        raise NotFound("方案里没有这个席位，可能已重新计算。请回到方案页面。")
    return found


def _choices(file: PlanFile, turn: PlannedRow) -> list[tuple[int, str]]:
    """Leaders in office that day with their turns in the plan; those who sit elsewhere that day say so."""
    turns = Counter(it.leader_id for it in file.turns)
    there = {it.leader_id: it.seat.label for it in file.turns if it.day_id == turn.day_id}
    offered = []
    for leader in duty.serving_leaders(read(), day_on(read(), turn.day)):
        if leader.id == turn.leader_id:
            continue
        beside = f"，当日已排{there[leader.id]}，选择后换席" if leader.id in there else ""
        offered.append((leader.id, f"{leader.name}（本方案 {turns[leader.id]} 次{beside}）"))
    return offered
