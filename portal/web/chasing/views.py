"""The list of what is late with its units: who urged last, what to do next and why, and one press to do it."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.clock import ZONE
from portal.documents.spreadsheets import Column
from portal.domain.chasing import LatePart
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.domain.urging import COLOUR_OF, Late, Step, latest_day_before, next_step
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.extension import read, write
from portal.store.queries.chasing import (
    SORTS,
    ChasingFilter,
    LateMatter,
    Today,
    all_late_matters,
    late_by_unit,
    late_matters,
)
from portal.store.queries.escalations import EscalationFilter, EscalationWanted, escalation_counts
from portal.store.queries.measures import MeasureFilter, MeasureWanted, measure_counts
from portal.store.queries.slip_papers import PaperFilter, count_papers
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_number, asked_text, asked_word, choices
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.chasing import escalations, measures
from portal.web.chasing.blueprint import URGERS, bp
from portal.web.chasing.showing import Chased
from portal.web.converters import number_in
from portal.web.downloads import xlsx
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import MATTER_TONES
from portal.web.office import rules

__all__ = ["bp", "escalations", "measures"]

WORDS = ("view", "unit", "part", "over", "q")
OVER = (5, 10, 20)
"""Working days by which the list can be narrowed."""


@bp.get("/")
@allow(*URGERS)
def listing() -> Response:
    """What is late with its units: first what can be done something about now, so that the list can reach zero."""
    return _page()


def _page(status: int = 200) -> Response:
    asked, today, spelled = _asked(), _today(), asked_again(WORDS)
    page = Listing(late_matters(read(), asked, today, wanted_page(SORTS, default="due")))
    units = late_by_unit(read(), asked, today)
    now, late = sum(it.now for it in units), sum(it.late for it in units)
    of_unit = next((it for it in units if it.unit_id == asked.unit_id), None)
    if asked.unit_id is not None:
        now, late = (of_unit.now, of_unit.late) if of_unit else (0, 0)
    return render(
        "pages/chasing/listing.html",
        "fragments/chasing/_chasing_list.html",
        status=status,
        page=page,
        rows=[chased(it) for it in page.rows],
        asked=asked,
        over=asked_number("over") or "",
        parts=choices(LatePart),
        overs=[(n, f"{n} 个工作日以上") for n in OVER],
        views=[
            (f"今天要催的 {now}", address("chasing.listing", spelled, view=None), asked.now),
            (f"全部逾期 {late}", address("chasing.listing", spelled, view="all"), not asked.now),
        ],
        now=now,
        late=late,
        units=units,
        narrowed=lambda unit_id: address("chasing.listing", spelled, unit=str(unit_id), view="all"),
        beside=_beside(),
        tones=MATTER_TONES,
        supervises=me().role is Role.SUPERVISOR,
        export_url=address("chasing.spreadsheet", spelled),
        calendar_warning=calendar_warning((it.due_on for it in page.rows), "办结时限"),
    )


@bp.get("/late.xlsx")
@allow(*URGERS)
def spreadsheet() -> Response:
    """The same list to save."""
    columns = [
        Column("事项编号", 18), Column("事项", 40), Column("企业", 32), Column("承办单位", 20), Column("牵头或配合", 10), Column("状态", 12),
        Column("交办单", 22), Column("办结时限", 16), Column("逾期工作日", 10), Column("上次催办督办", 28),
        Column("发出人", 14), Column("发出日期", 16), Column("回复", 14), Column("下一步", 16), Column("理由", 44),
    ]  # fmt: skip
    rows = (
        (
            it.row.number, it.row.title, it.row.enterprise, it.row.unit, it.row.part.label, it.row.state.label, it.row.slip_number,
            it.row.due_on, it.days_over, f"{it.last.title} {it.last.number}" if it.last else "",
            it.last.made_by if it.last else "", it.last.made_on if it.last else None, it.answer, it.step.step.label,
            it.step.why,
        )
        for it in map(chased, all_late_matters(read(), _asked(), _today()))
    )  # fmt: skip
    return xlsx("逾期事项催办督办表", columns, rows, today=clock.today())


@bp.post("/urge")
@allow(*URGERS)
def urge() -> Response:
    """One press: the paper that is proposed, in the office's words, numbered and sent."""
    slip_id, unit_id = number_in(request.form.get("slip")), number_in(request.form.get("unit"))
    colour = COLOUR_OF.get(Step(request.form["step"])) if request.form.get("step") in set(Step) else None
    if slip_id is None or unit_id is None:
        raise RuleBroken("没有选中要催办的事项，请从列表重新点选。")
    made: list[tuple[int, str]] = []

    def act(session: Session) -> None:
        kind = PaperKind.SUPERVISION if colour else PaperKind.REMINDER
        order = proposed_order(session, slip_id, kind, colour=colour, unit_id=unit_id, actor=me(), now=clock.now())
        paper = make_paper(session, slip_id, order, actor=me(), now=clock.now())
        made[:] = [(paper.id, paper.number or "")]

    try:
        write(act)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return _page(status_of(refusal))
    flash(f"已发出 {made[0][1]}，并已通知收文单位。", "success")
    return go(url_for("chasing.listing"))


def chased(row: LateMatter) -> Chased:
    """One line of the list with its next step."""
    today, calendar, office = clock.today(), working_calendar_now(), rules()
    days = calendar.between(row.due_on, today)
    late = Late(days, row.earlier, row.measure_until, row.has_measure, row.is_escalated)
    step = next_step(
        late,
        supervises=me().role is Role.SUPERVISOR,
        every=office.urge_every_days,
        escalate_days=office.escalate_days,
        calendar=calendar,
        today=today,
    )
    return Chased(row, days, step, today)


def _beside() -> list[dict[str, Any]]:
    """What else waits: papers without an answer, measures at work, matters taken up."""
    waiting = count_papers(read(), me(), PaperFilter(unanswered=True))
    overdue = count_papers(read(), me(), PaperFilter(late_on=clock.today()))
    measures_now = measure_counts(read(), MeasureFilter(), today=clock.today())
    taken_up = escalation_counts(read(), me(), EscalationFilter(), today=clock.today())
    return [
        {"label": "等待单位回复的公文", "count": waiting, "url": url_for("slips.papers", reply="waiting")},
        {
            "label": "逾期未回复的公文",
            "count": overdue,
            "url": url_for("slips.papers", late="1"),
            "late": bool(overdue),
        },
        {
            "label": "正在整改的约谈、挂牌、通报",
            "count": measures_now[MeasureWanted.RUNNING],
            "url": url_for("chasing.measures"),
        },
        {
            "label": "等待答复的上报事项",
            "count": taken_up[EscalationWanted.WAITING],
            "url": url_for("chasing.escalations"),
        },
    ]


def _asked() -> ChasingFilter:
    over, before = asked_number("over"), None
    if over is not None and 0 < over <= max(OVER):
        calendar = working_calendar_now()
        before = calendar.before(calendar.previous_working(clock.today()), over) + timedelta(days=1)
    part = asked_word(LatePart, "part")
    return ChasingFilter(asked_number("unit"), part, asked_text("view") != "all", before, asked_text("q"))


def _today() -> Today:
    last = latest_day_before(clock.today(), max(rules().urge_every_days, 0), working_calendar_now())
    return Today(clock.today(), datetime.combine(last + timedelta(days=1), time(), ZONE))
