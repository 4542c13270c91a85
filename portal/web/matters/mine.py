"""A unit's to-do list: everything that waits for it, by due date; it can reach zero."""

from datetime import date
from typing import Any

from flask import Response, current_app, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.domain.unit_todo import TodoKind
from portal.services.contact_days import contact_days
from portal.store.extension import read
from portal.store.queries.unit_todo import SORTS, TodoFilter, TodoRow, all_todo_rows, todo_counts, todo_rows
from portal.web.access import allow, me
from portal.web.asked import asked_text, asked_word
from portal.web.calendars import working_calendar_now
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.blueprint import bp
from portal.web.matters.due import SOON, time_left

COLUMNS = (
    Column("待办", 16),
    Column("时限", 16),
    Column("编号", 20),
    Column("事项", 40),
    Column("企业", 32),
    Column("说明", 16),
)
WORDS = ("kind", "overdue", "soon", "q")
TONES = {
    TodoKind.SIGN: "wait",
    TodoKind.CONTACT: "info",
    TodoKind.HANDLE: "info",
    TodoKind.REDO: "stop",
    TodoKind.ASSIST: "info",
    TodoKind.HEAD: "wait",
    TodoKind.REPLY: "late",
    TodoKind.TASK: "neutral",
}


@bp.get("/mine")
@allow(Role.UNIT)
def mine() -> Response:
    """What waits for this unit, the most pressing first."""
    asked, days = _asked(), contact_days(read(), me())
    spelled = {name: request.args[name] for name in WORDS if request.args.get(name)}
    counts = todo_counts(read(), me(), asked, days=days, now=clock.now())
    wanted = wanted_page(SORTS, default="due")
    return render(
        "pages/matters/mine.html",
        "fragments/matters/_todo_list.html",
        page=Listing(todo_rows(read(), me(), asked, wanted, days=days, now=clock.now())),
        asked=asked,
        kinds=_kinds(counts, asked, spelled),
        overdue=sum(late for _, late in counts.values()),
        tones=TONES,
        time_left=time_left,
        url_of=url_of,
        export_url=address("matters.mine_spreadsheet", spelled),
    )


@bp.get("/mine.xlsx")
@allow(Role.UNIT)
def mine_spreadsheet() -> Response:
    """The same list to save."""
    today = clock.today()
    rows = all_todo_rows(read(), me(), _asked(), days=contact_days(read(), me()), now=clock.now())
    lines = ((it.kind.label, it.due_at or it.due_on, it.number, it.title, it.enterprise, it.note) for it in rows)
    return xlsx("单位待办", COLUMNS, lines, today=today)


def url_of(row: TodoRow) -> str:
    """The page on which it is done; where that page is missing, the matter's own."""
    endpoint, values = _place(row)
    if endpoint in current_app.view_functions:
        return url_for(endpoint, **values)
    return url_for("matters.show", matter_id=row.matter_id)


def _place(row: TodoRow) -> tuple[str, dict[str, Any]]:
    of_matter = {"matter_id": row.matter_id}
    if row.kind is TodoKind.SIGN:
        return "slips.show", {"slip_id": row.slip_id}
    if row.kind is TodoKind.REPLY:
        return "slips.show_paper", {"paper_id": row.paper_id}
    if row.kind is TodoKind.TASK:
        return "matters.finish_task", {"task_id": row.task_id}
    pages = {
        TodoKind.CONTACT: "matters.report",
        TodoKind.ASSIST: "matters.answer_lead",
        TodoKind.HEAD: "matters.head_sign",
    }
    return pages.get(row.kind, "matters.show"), of_matter


def _asked() -> TodoFilter:
    return TodoFilter(
        kind=asked_word(TodoKind, "kind"),
        overdue=asked_text("overdue") == "1",
        due_until=_soon() if asked_text("soon") == "1" else None,
        words=asked_text("q"),
    )


def _soon() -> date:
    return working_calendar_now().after(clock.today(), SOON)


def _kinds(counts: Any, asked: TodoFilter, spelled: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """The kinds as choices side by side, each with its count under the other filters; what there is none of is left out."""
    whole = sum(number for number, _ in counts.values())
    shown = [
        (f"{kind.label} {number}", address("matters.mine", spelled, kind=kind.value), asked.kind is kind)
        for kind, (number, _) in counts.items()
        if number or asked.kind is kind
    ]
    return [(f"全部 {whole}", address("matters.mine", spelled, kind=None), asked.kind is None), *shown]
