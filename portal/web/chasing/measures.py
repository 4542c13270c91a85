"""Talks, listings and bulletins: the list of them, and one with what came of it."""

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.chasing import MeasureKind
from portal.domain.people import Action, may
from portal.services import measures as acts
from portal.store.extension import read
from portal.store.queries.measures import (
    MEASURE_SORTS,
    MeasureFilter,
    MeasureRow,
    MeasureWanted,
    all_measures,
    measure_counts,
    measure_row,
    measure_rows,
)
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_again, asked_number, asked_text, asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.chasing.blueprint import URGERS, bp
from portal.web.chasing.forms import EndMeasureForm
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import TimeLeft, time_left

WORDS = ("state", "kind", "unit", "q")
RUNNING, LATE, ENDED = MeasureWanted
TITLES = {
    RUNNING: "正在整改的约谈、挂牌、通报",
    LATE: "逾期未整改的约谈、挂牌、通报",
    ENDED: "已结束的约谈、挂牌、通报",
}


@bp.get("/measures")
@allow(*URGERS)
def measures() -> Response:
    """What units were called to account for, and what came of it."""
    asked, today, spelled = _asked(), clock.today(), asked_again(WORDS)
    done = asked.wanted is ENDED
    wanted = wanted_page(MEASURE_SORTS, default="ended" if done else "due", descending=done)
    page = Listing(measure_rows(read(), asked, wanted, today=today))
    counts = measure_counts(read(), asked, today=today)
    every = counts[RUNNING] + counts[ENDED]
    return render(
        "pages/chasing/measures.html",
        "fragments/chasing/_measure_list.html",
        page=page,
        asked=asked,
        said=asked_text("state"),
        title=TITLES[asked.wanted] if asked.wanted else "全部约谈、挂牌、通报",
        number=counts[asked.wanted] if asked.wanted else every,
        late=counts[LATE],
        states=heading_links("chasing.measures", spelled, counts, asked.wanted, every),
        kinds=choices(MeasureKind),
        units=unit_choices(),
        left_of=_left_of,
        calendar_warning=calendar_warning((it.due_on for it in page.rows if it.ended_at is None), "整改期限"),
        export_url=address("chasing.measures_spreadsheet", spelled),
    )


@bp.get("/measures.xlsx")
@allow(*URGERS)
def measures_spreadsheet() -> Response:
    """The same list to save."""
    today = clock.today()
    columns = [
        Column("措施", 12), Column("单位", 18), Column("编号", 14), Column("诉求", 40), Column("企业", 32),
        Column("事项状态", 14), Column("为什么", 50), Column("整改期限", 14), Column("采取人", 14),
        Column("采取时间", 18), Column("整改情况", 12), Column("结果", 50), Column("结束人", 14), Column("结束时间", 18),
    ]  # fmt: skip
    rows = (
        (
            it.kind.label, it.unit, it.number, it.title, it.enterprise or "", it.state.label, it.why, it.due_on, it.by,
            it.at, it.standing(today).label, it.outcome, it.ended_by, it.ended_at,
        )
        for it in all_measures(read(), _asked(), today=today)
    )  # fmt: skip
    return xlsx("约谈挂牌通报", columns, rows, today=today)


@bp.route("/measures/<int:measure_id>", methods=["GET", "POST"])
@allow(*URGERS)
def measure(measure_id: int) -> Response:
    """One measure; the supervision office puts down what came of it, which ends it."""
    row, form = measure_row(read(), measure_id), EndMeasureForm()
    answer = attempt(
        form,
        lambda session: acts.end_measure(
            session, measure_id, form.outcome.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        done=f"{row.kind.label}已结束，并已通知{row.unit}。",
        onward=url_for("chasing.measure", measure_id=measure_id),
    )
    if isinstance(answer, Response):
        return answer
    row = measure_row(read(), measure_id)
    form.has_seen(row.version)
    return render(
        "pages/chasing/measure.html", "fragments/chasing/_end_measure_form.html", status=answer, row=row, form=form,
        left=_left_of(row), ends=may(me(), Action.SUPERVISE) and row.ended_at is None,
    )  # fmt: skip


def _left_of(row: MeasureRow) -> TimeLeft | None:
    return time_left(row.due_on, runs=row.ended_at is None)


def _asked() -> MeasureFilter:
    """What the address asks for; without a word what is at work."""
    return MeasureFilter(
        wanted=asked_word(MeasureWanted, "state") if asked_text("state") else RUNNING,
        kind=asked_word(MeasureKind, "kind"),
        unit_id=asked_number("unit"),
        words=asked_text("q"),
    )
