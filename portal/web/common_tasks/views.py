"""The list of common tasks, those that are proposed, one task with each enterprise's matter."""

from flask import Response

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.matter_course import CLOCK_RUNS, TERMINAL, MatterAct, rule_of
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.services.common_proposals import likely_groups
from portal.store.extension import read
from portal.store.queries.common_tasks import (
    TASK_SORTS,
    TaskFilter,
    TaskPage,
    TaskWanted,
    all_tasks,
    task_counts,
    task_page,
    task_rows,
)
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_number, asked_text, asked_word
from portal.web.calendars import calendar_warning
from portal.web.common_tasks.blueprint import bp
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.blueprint import BUSINESS
from portal.web.matters.due import MATTER_TONES, time_left

WORDS = ("state", "unit", "q")


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """Which matters are handled as one, and how far each has got."""
    asked, spelled = _asked(), asked_again(WORDS)
    counts = task_counts(read(), me(), asked)
    page = Listing(task_rows(read(), me(), asked, wanted_page(TASK_SORTS, default="newest", descending=True)))
    return render(
        "pages/common_tasks/listing.html",
        "fragments/common_tasks/_task_list.html",
        page=page,
        asked=asked,
        said=asked_text("state"),
        states=heading_links("common_tasks.listing", spelled, counts, asked.wanted, sum(counts.values())),
        units=unit_choices(),
        keeps=me().role is Role.OFFICE,
        export_url=address("common_tasks.export", spelled),
    )


@bp.get("/list.xlsx")
@allow(*BUSINESS)
def export() -> Response:
    """The same list to save."""
    columns = [
        Column("任务", 40), Column("任务牵头单位", 20), Column("诉求", 8), Column("企业", 8), Column("已办结", 8),
        Column("合并", 18), Column("结束", 18),
    ]  # fmt: skip
    rows = (
        (it.title, it.lead_unit, it.matters, it.enterprises, it.over, it.made_at, it.ended_at)
        for it in all_tasks(read(), me(), _asked())
    )
    return xlsx("共性任务", columns, rows, today=clock.today())


@bp.get("/proposals")
@allow(Role.OFFICE)
def proposals() -> Response:
    """Which open matters are likely the same."""
    return render("pages/common_tasks/proposals.html", groups=likely_groups(read(), actor=me()), tones=MATTER_TONES)


@bp.get("/<int:task_id>")
@allow(*BUSINESS)
def show(task_id: int) -> Response:
    """One task: what is done for all, and each enterprise's own matter with its own answer."""
    task, actor = task_page(read(), me(), task_id), me()
    return render(
        "pages/common_tasks/show.html",
        task=task,
        calendar_warning=calendar_warning((it.due_on for it in task.matters), "办结时限"),
        tones=MATTER_TONES,
        time_left=time_left,
        running=CLOCK_RUNS,
        keeps=actor.role is Role.OFFICE and task.ended_at is None,
        may_end=all(it.state in TERMINAL for it in task.matters) and not task.hidden,
        may_report=_may(task, actor, MatterAct.REPORT),
        may_answer=_may(task, actor, MatterAct.PROPOSE),
        handling=MatterState.HANDLING,
    )


def _may(task: TaskPage, actor: Actor, act: MatterAct) -> bool:
    """Whether a unit leads a matter of the task with which this can be done now."""
    able = rule_of(act).from_
    leads = any(it.lead_unit_id == actor.unit_id and it.state in able for it in task.matters)
    return actor.role is Role.UNIT and task.ended_at is None and leads


def _asked() -> TaskFilter:
    return TaskFilter(wanted=asked_word(TaskWanted, "state"), unit_id=asked_number("unit"), words=asked_text("q"))


from portal.web.common_tasks import answering, joining  # noqa: E402, F401 - they hang their views on the blueprint
