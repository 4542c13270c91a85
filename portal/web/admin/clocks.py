"""The clock policy: how long each stage has, and what the law fixes (domain 2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request, url_for

from portal import clock as time
from portal.documents.spreadsheets import Column
from portal.domain.clock_policy import STATUTORY, clock_problems
from portal.domain.clocks import DEFAULT_CLOCKS, Clock, Measure, Stage, ends_at, ends_on, last_day_to_ask
from portal.domain.errors import NotFound
from portal.domain.office import OfficeRules
from portal.domain.people import Role
from portal.domain.workdays import WorkingCalendar, day_text
from portal.services import clock_policy
from portal.store.extension import read
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.clock_forms import ClockForm
from portal.web.calendars import working_calendar_now
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.office import rules


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One row of the table, in words."""

    clock: Clock
    extends: str
    rest: str
    example: str
    is_usual: bool


@bp.get("/clocks", endpoint="clocks")
@allow(Role.OFFICE)
def every_clock() -> Response:
    """Every stage with its clock, and the clocks the law fixes."""
    return render("pages/admin/clocks.html", lines=_lines(), statutory=STATUTORY, rules=rules())


@bp.get("/clocks.xlsx")
@allow(Role.OFFICE)
def clocks_xlsx() -> Response:
    """The same table as a spreadsheet."""
    columns = [Column("阶段", 20), Column("时限", 14), Column("起算", 14), Column("延期", 50), Column("逾期后", 30)]
    columns += [Column("最后一天是休息日的", 30), Column("默认", 14)]
    rows = (
        (it.clock.stage.label, it.clock.label, it.clock.start.label, it.extends, it.clock.overdue.label, it.rest,
         DEFAULT_CLOCKS[it.clock.stage].label)
        for it in _lines()
    )  # fmt: skip
    return xlsx("时限规则", columns, rows, today=time.today())


@bp.route("/clocks/<stage>", methods=["GET", "POST"], endpoint="clock")
@allow(Role.OFFICE)
def one_clock(stage: str) -> Response:
    """Say how a stage is counted, or try out how it would be."""
    held = _held(stage)
    form = ClockForm.showing(held, clock_policy.clock_mark(held))
    tried = request.method == "POST" and "try" in request.form
    answer: Response | int = 200
    if tried:
        answer = _tried(form, held)
    else:
        answer = attempt(
            form,
            lambda session: clock_policy.set_clock(
                session, form.wanted(held), seen=form.seen.data, actor=me(), now=time.now()
            ),
            done=f"已保存“{held.stage.label}”的时限，此后起算的按新规则；已在计时的不变。",
            onward=url_for("admin.clocks"),
        )
    if isinstance(answer, Response):
        return answer
    if answer == 409:  # the next press is made knowing what others wrote
        held = _held(stage)
        form.seen.data = clock_policy.clock_mark(held)
    shown = form.wanted(held) if tried and answer == 200 else held
    return render(
        "pages/admin/clock.html",
        "fragments/admin/_clock_form.html",
        status=answer,
        form=form,
        held=held,
        usual=DEFAULT_CLOCKS[held.stage],
        example=example_of(shown, working_calendar_now(), time.now()),
        tried=tried and answer == 200,
        who=who_extends(rules()),
    )


@bp.post("/clocks/<stage>/reset")
@allow(Role.OFFICE)
def reset_clock(stage: str) -> Response:
    """Let a stage run by the default again."""
    held = _held(stage)
    return press(
        lambda session: clock_policy.reset_clock(
            session, held.stage, seen=request.form.get("seen"), actor=me(), now=time.now()
        ),
        done=f"“{held.stage.label}”已恢复默认时限，此后起算的按默认；已在计时的不变。",
        onward=url_for("admin.clocks"),
    )


def example_of(clock: Clock, calendar: WorkingCalendar, now: datetime) -> str:
    """What the clock would say if it began now: 若今天（11月27日 周五）起算，到 12月18日 周五."""
    today = now.date()
    end = _end_of(clock, calendar, now)
    if clock.measure is Measure.HOURS:
        return f"若此刻（{now:%H:%M}）起算，到 {end}"
    said = f"若今天（{day_text(today)}）起算，到 {end}"
    if clock.extensions:
        asked = day_text(last_day_to_ask(clock, ends_on(clock, today, calendar), calendar), today)
        said += f"；要延期的，最迟 {asked} 提出"
    return said


def _end_of(clock: Clock, calendar: WorkingCalendar, now: datetime) -> str:
    """The day, or the moment, on which the clock would be over if it began now."""
    over = ends_at(clock, now)
    if over is not None:
        return f"{day_text(over.date(), now.date())} {over:%H:%M}"
    return day_text(ends_on(clock, now.date(), calendar), now.date())


def who_extends(held: OfficeRules) -> str:
    """Who may grant more time, as the office's rules say."""
    usual = "工商联办公室、签批领导或牵头领导批准"
    return f"{usual}，A类只由领导批准" if held.extension_by_leader else usual


def _lines() -> list[ClockLine]:
    clocks: Mapping[Stage, Clock] = clock_policy.clocks_in_force(read())
    calendar, now = working_calendar_now(), time.now()
    return [
        ClockLine(it, _extension(it), _rest(it), _end_of(it, calendar, now), it == DEFAULT_CLOCKS[it.stage])
        for it in (clocks[stage] for stage in Stage)
    ]


def _extension(clock: Clock) -> str:
    if not clock.extensions:
        return ""
    asked = f"到期前 {clock.ask_before} 个工作日申请" if clock.ask_before else "到期前申请"
    return f"{clock.extensions} 次，每次最多 {clock.extend_by}{clock.measure.label}；{asked}；{who_extends(rules())}"


def _rest(clock: Clock) -> str:
    counts_days = clock.measure in {Measure.CALENDAR_DAYS, Measure.MONTHS}
    return clock.on_rest_day.label if counts_days else ""


def _held(stage: str) -> Clock:
    try:
        return clock_policy.clocks_in_force(read())[Stage(stage)]
    except ValueError:
        raise NotFound("没有这个阶段的时限规则。请从时限规则页面选择。") from None


def _tried(form: ClockForm, held: Clock) -> int:
    """Look whether the row could be saved, without saving it; what is wrong stands beside its field."""
    if not form.validate_on_submit():
        return 422
    problems = clock_problems(form.wanted(held))
    for it in problems:
        field = form._fields.get(it.field or "")
        if field is None:
            form.form_errors.append(it.message)
        else:
            field.errors = [*field.errors, it.message]
    return 422 if problems else 200
