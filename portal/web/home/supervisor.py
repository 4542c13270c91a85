"""The supervision office's workbench."""

from typing import Any

from flask import url_for

from portal import clock
from portal.domain.deadlines import days_left_label
from portal.store.extension import read
from portal.store.queries.slip_papers import late_papers
from portal.store.queries.workbench_slips import (
    overdue_by_unit,
    slips_due,
    slips_late,
)
from portal.web.access import me
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.home.followed import look_back_todo, voice_todo
from portal.web.home.todos import SHOWN, SOON, Todo, due
from portal.web.home.waits import OVERDUE, SLOW, todos_of


def for_the_supervisor() -> dict[str, Any]:
    """Who is overdue, and what falls due soon."""
    session, actor, today = read(), me(), clock.today()
    soon = working_calendar_now().after(today, SOON)
    loads = overdue_by_unit(session, today)
    late_count, late = slips_late(session, actor, today, limit=SHOWN)
    coming = [due(it, today) for it in slips_due(session, actor, since=today, until=soon)]
    return {
        "todos": [
            Todo(len(loads), "单位有逾期", "#by-unit", tone="late"),
            *todos_of(actor, [OVERDUE, SLOW]),
            Todo(
                late_papers(session, actor, today), "随单文书逾期未回复", url_for("slips.papers", late=1), tone="late"
            ),
            look_back_todo(actor),
            voice_todo(actor, "举报待答复"),
            Todo(len(coming), f"{SOON} 个工作日内到期", "#due-soon", tone="wait"),
        ],
        "loads": [
            {
                "unit": it.unit,
                "matters": it.matters,
                "left": days_left_label(working_calendar_now(), today, it.earliest),
                "url": url_for("matters.listing", overdue=1, lead=it.unit_id),
            }
            for it in loads
        ],
        "late": [due(it, today) for it in late],
        "late_count": late_count,
        "coming": coming,
        "calendar_warning": calendar_warning([soon], "办结时限"),
    }
