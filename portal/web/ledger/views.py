"""The office's wide ledger on the screen and as a spreadsheet, with the filters of the list of matters."""

from collections.abc import Iterator

from flask import Blueprint, Response

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import MatterState
from portal.store.extension import read
from portal.store.queries.ledger import ledger_page, ledger_rows
from portal.store.queries.list_figures import matter_figures
from portal.store.queries.matters import MATTER_SORTS
from portal.web.access import allow, me
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address, asked_matters, matter_choices
from portal.web.matters.beside import beside_matters
from portal.web.matters.blueprint import BUSINESS
from portal.web.matters.due import MATTER_TONES, time_left

bp = Blueprint("ledger", __name__)

COLUMNS = (
    Column("序号", 6),
    Column("编号", 12),
    Column("日期", 16),
    Column("企业", 32),
    Column("类型", 7),
    Column("类别", 14),
    Column("事项", 40),
    Column("接待领导", 10),
    Column("牵头领导", 10),
    Column("牵头单位", 22),
    Column("配合单位", 28),
    Column("时限", 16),
    Column("状态", 18),
    Column("交办单号", 20),
    Column("答复/批示", 50),
    Column("逾期", 6),
    Column("办理结果", 14),
    Column("结果说明", 50),
    Column("是否解决", 10),
    Column("满意度", 10),
    Column("销号日期", 16),
    Column("延期次数", 9),
    Column("退回次数", 9),
    Column("重办次数", 9),
)


@bp.get("/ledger/")
@allow(*BUSINESS)
def ledger() -> Response:
    """Every matter in one line, from the enterprise to the answer."""
    asked = asked_matters()
    offered = matter_choices(asked, me())
    wanted = wanted_page(MATTER_SORTS, default="raised", descending=True)
    return render(
        "pages/ledger/ledger.html",
        "fragments/ledger/_ledger_list.html",
        page=Listing(ledger_page(read(), me(), asked, wanted, now=clock.now())),
        offered=offered,
        list_figures=beside_matters(
            "ledger.ledger", offered.spelled, asked, matter_figures(read(), me(), asked, now=clock.now())
        ),
        without=lambda name: address("ledger.ledger", offered.spelled, **{name: None}),
        states=[(it.value, it.label) for it in MatterState],
        tones=MATTER_TONES,
        time_left=time_left,
        running=CLOCK_RUNS,
        export_url=address("ledger.spreadsheet", offered.spelled),
    )


@bp.get("/ledger.xlsx")
@allow(*BUSINESS)
def spreadsheet() -> Response:
    """The same ledger to save, oldest first."""
    return xlsx("民营企业接待日台账", COLUMNS, _lines(), today=clock.today())


def _lines() -> Iterator[tuple[object, ...]]:
    for place, it in enumerate(ledger_rows(read(), me(), asked_matters(), now=clock.now()), start=1):
        yield (
            place,
            it.number,
            it.day,
            it.enterprise,
            it.kind.label,
            it.category,
            it.title,
            it.receiver,
            it.lead_official,
            it.lead_unit,
            it.assisting_units,
            it.due_on,
            it.state_label,
            it.slip_number,
            it.answer,
            "逾期" if it.overdue else None,
            it.result.label if it.result else None,
            it.result_told,
            it.resolved.label if it.resolved else None,
            it.grade.label if it.grade else None,
            it.closed_at.date() if it.closed_at else None,
            it.extended,
            it.objected,
            it.redone,
        )
