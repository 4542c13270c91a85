"""A matter split among a unit's own handlers: who does what, and what came of it."""

from flask import Response, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import unit_tasks
from portal.store.extension import read
from portal.store.queries.receipts import unit_accounts
from portal.store.queries.unit_tasks import task_row, tasks_of_matter
from portal.web.access import allow, me
from portal.web.calendars import working_calendar_now
from portal.web.matters.acting import ActTold, act_page
from portal.web.matters.blueprint import bp
from portal.web.matters.due import time_left
from portal.web.matters.work_forms import OutcomeForm, TaskForm

QUICK_DAYS = (1, 3, 5)


@bp.route("/<int:matter_id>/tasks", methods=["GET", "POST"])
@allow(Role.UNIT)
def tasks(matter_id: int) -> Response:
    """Who does which part inside the unit, and one more to give."""
    form, calendar, today = TaskForm(), working_calendar_now(), clock.today()
    form.offer(unit_accounts(read(), me().unit_id or 0))
    days = [(f"{n} 个工作日内", calendar.after(today, n).isoformat()) for n in QUICK_DAYS]
    told = ActTold("分派经办人", "分派", "已分派。", quick={"due_on": days})
    return act_page(
        matter_id,
        form,
        lambda session: unit_tasks.give_task(session, matter_id, form.given(), actor=me(), now=clock.now()),
        told,
        onward=lambda: url_for("matters.tasks", matter_id=matter_id),
        fragment="fragments/matters/_tasks.html",
        tasks=tasks_of_matter(read(), me(), matter_id),
        time_left=time_left,
    )


@bp.route("/tasks/<int:task_id>", methods=["GET", "POST"])
@allow(Role.UNIT)
def finish_task(task_id: int) -> Response:
    """Say what came of a task."""
    task, form = task_row(read(), me(), task_id), OutcomeForm()
    told = ActTold(f"完成分派：{task.what}", "完成", "已完成。", rows={"outcome": 4})
    return act_page(
        task.matter_id,
        form,
        lambda session: unit_tasks.finish_task(session, task_id, form.outcome.data or "", actor=me(), now=clock.now()),
        told,
        onward=lambda: url_for("matters.tasks", matter_id=task.matter_id),
    )
