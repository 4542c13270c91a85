"""The queues of closing: what waits for which step, and what is closed; each can reach zero."""

from flask import Response

from portal import clock
from portal.documents.companion_papers import companion_paper
from portal.documents.companion_sheets import CompanionSheet
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.domain.results import ResultCode
from portal.services.closing_sheets import closing_form_sheet, result_report_sheet
from portal.store.extension import read
from portal.store.queries.closings import (
    CLOSING_SORTS,
    STATE_OF,
    ClosingFilter,
    all_closing_rows,
    closing_counts,
    closing_rows,
    closings_late,
)
from portal.store.queries.satisfaction import ratings_of
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_text, choices
from portal.web.calendars import calendar_warning
from portal.web.closings import batches
from portal.web.closings.blueprint import BUSINESS, bp
from portal.web.closings.queues import CLOSED, EMPTY, EVERY, PAGE_OF, TITLES, WORDS, asked_closings, batch_step
from portal.web.downloads import pdf, xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import MATTER_TONES, time_left

__all__ = ["batches", "bp"]


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """One queue."""
    asked, actor = asked_closings(), me()
    wanted = wanted_page(CLOSING_SORTS, default="closed" if asked.closed else "due", descending=asked.closed)
    found = closing_rows(read(), actor, asked, wanted, now=clock.now())
    return render(
        "pages/closings/listing.html",
        "fragments/closings/_closing_list.html",
        page=Listing(found),
        asked=asked,
        title=_title(asked),
        late=0 if asked.closed else closings_late(read(), actor, asked, now=clock.now()),
        calendar_warning=calendar_warning((row.step_due_on for row in found.rows), "办理期限"),
        states=_states(asked),
        empty_text=EMPTY.get(asked.step, "没有办理结果。") if asked.step else "没有办理结果。",
        step_word=asked_text("step"),
        ratings=ratings_of(read(), [row.matter_id for row in found.rows]),
        units=unit_choices(),
        results=choices(ResultCode),
        batch=batch_step(asked, actor),
        pages=PAGE_OF,
        proposes=actor.role is Role.UNIT,
        tones=MATTER_TONES,
        time_left=time_left,
        export_url=address("closings.spreadsheet", asked_again(WORDS)),
    )


@bp.get("/closings.xlsx")
@allow(*BUSINESS)
def spreadsheet() -> Response:
    """The same queue as a spreadsheet."""
    today = clock.today()
    rows = all_closing_rows(read(), me(), asked_closings(), now=clock.now())
    rated = ratings_of(read(), [row.matter_id for row in rows])
    columns = [
        Column("编号", 14), Column("诉求", 40), Column("企业", 32), Column("牵头单位", 16), Column("状态", 14),
        Column("轮次", 6), Column("办理结果", 16), Column("办理情况", 50), Column("佐证材料", 10),
        Column("企业：解决程度", 14), Column("企业：满意程度", 14), Column("本步期限", 12), Column("销号时间", 18),
    ]  # fmt: skip
    lines = []
    for it in rows:
        rating = rated.get(it.matter_id)
        lines.append([
            it.number, it.title, it.enterprise or "", it.unit, it.state.label, it.round, it.result.label, it.told,
            it.evidence, rating.resolved.label if rating else "", rating.grade.label if rating and rating.grade else "",
            it.step_due_on, f"{it.closed_at:%Y-%m-%d %H:%M}" if it.closed_at else "",
        ])  # fmt: skip
    return xlsx("办理结果与销号", columns, lines, today=today)


@bp.get("/<int:matter_id>/closing-form.pdf")
@allow(*BUSINESS)
def closing_form(matter_id: int) -> Response:
    """The closing form as far as it is filled in by now."""
    return _paper(closing_form_sheet(read(), matter_id, actor=me(), now=clock.now()), "销号审批表", matter_id)


@bp.get("/<int:matter_id>/result-report.pdf")
@allow(*BUSINESS)
def result_report(matter_id: int) -> Response:
    """The unit's report."""
    return _paper(result_report_sheet(read(), matter_id, actor=me(), now=clock.now()), "办理情况反馈表", matter_id)


def _paper(sheet: CompanionSheet, name: str, matter_id: int) -> Response:
    return pdf(companion_paper(sheet), f"{name}{matter_id}.pdf")


def _title(asked: ClosingFilter) -> str:
    if asked.closed:
        return "已销号的诉求"
    return TITLES[asked.step] if asked.step else "办理结果走到哪一步了"


def _states(asked: ClosingFilter) -> list[tuple[str, str, bool]]:
    """The queues side by side, each with its count under the other filters."""
    counts, spelled = closing_counts(read(), me(), asked, now=clock.now()), asked_again(WORDS)
    steps = [
        (
            f"{step.label} {counts.get(state, 0)}",
            address("closings.listing", spelled, step=step.value),
            asked.step is step,
        )
        for step, state in STATE_OF.items()
    ]
    closed = sum(counts.values()) - sum(counts.get(state, 0) for state in STATE_OF.values())
    return [
        *steps,
        (f"已销号 {closed}", address("closings.listing", spelled, step=CLOSED), asked.closed),
        (
            f"全部 {sum(counts.values())}",
            address("closings.listing", spelled, step=EVERY),
            asked.step is None and not asked.closed,
        ),
    ]
