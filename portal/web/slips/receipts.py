"""Receipts (签收): who has not signed for what, how late, how punctual each unit was; reminding those who have not."""

from collections.abc import Sequence
from datetime import date

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.receipt_sheet import receipt_sheet
from portal.documents.spreadsheets import Column
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.domain.receipts import RATE_FORMULA, ReceiptRate, ReceiptWanted
from portal.services import slip_news
from portal.services.receipt_sheets import sheet_of
from portal.store.extension import read, write
from portal.store.queries.receipts import (
    RECEIPT_SORTS,
    ReceiptFilter,
    ReceiptRow,
    UnitReceipts,
    all_receipt_rows,
    receipt_rows,
    receipts_by_unit,
    waiting_places,
)
from portal.store.queries.slip_pages import slip_page
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_day, asked_number, asked_text, asked_word
from portal.web.downloads import pdf, xlsx
from portal.web.errors import status_of
from portal.web.filters import full_date, long_date
from portal.web.htmx import go, render
from portal.web.listing import Listing, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.receipt_words import all_said, said
from portal.web.slips.showing import shown

WORDS = ("state", "unit", "day", "from", "until", "slip")
MOST_BARS = 20


@bp.get("/receipts")
@allow(*BUSINESS)
def receipts() -> Response:
    """Who has not signed for what, how late, and how punctual each unit was in a span of days."""
    return _receipts_page()


def _receipts_page(status: int = 200) -> Response:
    asked, spelled = _asked(), _spelled()
    wanted = wanted_page(RECEIPT_SORTS, default="due")
    page = Listing(receipt_rows(read(), me(), asked, wanted, now=clock.now()))
    first, last = _span()
    units = receipts_by_unit(read(), me(), first, last, now=clock.now())
    rate = _together(units)
    views = [(it.label, address("slips.receipts", spelled, state=it.value), asked.wanted is it) for it in ReceiptWanted]
    return render(
        "pages/slips/receipts.html",
        "fragments/slips/_receipt_list.html",
        status=status,
        page=page,
        rows=all_said(page.rows),
        asked=asked,
        views=[*views, ("全部", address("slips.receipts", spelled, state="all"), asked.wanted is None)],
        title="等我单位签收的交办单" if me().role is Role.UNIT else "谁还没签收",
        units=units,
        waiting=sum(it.waiting for it in units),
        overdue=sum(it.overdue for it in units),
        rate=rate,
        formula=RATE_FORMULA,
        span=(first, last),
        span_label=f"{long_date(first)}至{long_date(last)}应签收",
        bars=[
            {
                "label": it.unit,
                "values": [it.rate.in_time, it.rate.late, it.rate.missing],
                "url": address("slips.receipts", spelled, unit=str(it.unit_id), state="all"),
            }
            for it in units[:MOST_BARS]
            if it.rate.due
        ],
        narrowed=lambda **more: address("slips.receipts", spelled, **more),
        choices=unit_choices(),
        keeps=me().role is Role.OFFICE,
        exports=[("xlsx", address("slips.receipt_table", spelled)), ("PDF", address("slips.receipts_paper", spelled))],
    )


@bp.get("/receipts.xlsx")
@allow(*BUSINESS)
def receipt_table() -> Response:
    """The same list to save, in the order of the numbers."""
    columns = [Column("编号", 22), Column("接待日", 16), Column("事项", 36), Column("单位", 16), Column("分工", 6)]
    columns += [Column("办结时限", 16), Column("应签收", 16), Column("阅读时间", 20), Column("阅读人", 12)]
    columns += [Column("签收日期", 16), Column("签收时刻", 10), Column("签收人", 12), Column("方式", 10)]
    columns += [Column("登记人", 14), Column("经办人", 12), Column("说明", 32)]
    return xlsx("交办单签收情况表", columns, (_cells(it) for it in _all_rows()), today=clock.today())


@bp.get("/receipts.pdf")
@allow(*BUSINESS)
def receipts_paper() -> Response:
    """The receipt sheet of a slip, a day, or what the list is narrowed to."""
    rows = _all_rows()
    sheet = sheet_of(read(), rows, _scope(rows), actor=me(), now=clock.now())
    return pdf(receipt_sheet(sheet), f"交办单签收情况表（{_scope(rows)}）.pdf")


@bp.post("/receipts/urge")
@allow(Role.OFFICE)
def urge() -> Response:
    """Remind a unit of one slip or of all it has not signed for."""
    unit_id, slip_id = request.form.get("unit", type=int), request.form.get("slip", type=int)
    places = waiting_places(read(), unit_id, slip_id=slip_id) if unit_id is not None else []
    try:
        told = write(lambda session: slip_news.urge_receipts(session, places, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        status = status_of(refusal)
        return shown(slip_page(read(), me(), slip_id), status=status) if slip_id else _receipts_page(status)
    flash(f"已提醒，共 {told} 张单。同一张单同一单位一天提醒一次。", "success")
    return go(url_for("slips.show", slip_id=slip_id) if slip_id else url_for("slips.receipts"))


def _asked() -> ReceiptFilter:
    """Without a word for the state the list shows what waits."""
    state = asked_word(ReceiptWanted, "state")
    everything = asked_text("state") == "all" or asked_number("slip") is not None
    return ReceiptFilter(
        wanted=state or (None if everything else ReceiptWanted.WAITING),
        unit_id=asked_number("unit"),
        slip_id=asked_number("slip"),
        day=asked_day("day"),
        first=asked_day("from"),
        last=asked_day("until"),
    )


def _spelled() -> dict[str, str]:
    return asked_again(WORDS)


def _span() -> tuple[date, date]:
    """The days whose rate is shown: those asked for, otherwise this year's."""
    year = clock.today().year
    first, last = asked_day("from") or date(year, 1, 1), asked_day("until") or date(year, 12, 31)
    return (first, last) if first <= last else (last, first)


def _together(units: Sequence[UnitReceipts]) -> ReceiptRate:
    return ReceiptRate(*(sum(getattr(it.rate, name) for it in units) for name in ("in_time", "late", "missing")))


def _all_rows() -> Sequence[ReceiptRow]:
    return all_receipt_rows(read(), me(), _asked(), now=clock.now())


def _scope(rows: Sequence[ReceiptRow]) -> str:
    """What the sheet covers: 安民接交〔2026〕5号, a reception day, or everything of a kind."""
    asked = _asked()
    if asked.slip_id is not None and rows:
        return rows[0].number
    if asked.day is not None:
        return f"{full_date(asked.day)}接待日"
    kind = asked.wanted.label if asked.wanted else "全部"
    span = f"{long_date(asked.first)}至{long_date(asked.last)}" if asked.first and asked.last else ""
    return f"{kind} {span}".strip()


def _cells(row: ReceiptRow) -> Sequence[object]:
    it = said(row)
    return (
        row.number, row.day, row.title, row.unit, row.role, row.due_on, row.receipt_due_on, row.read_at, row.read_by,
        row.received_on, row.received_at.strftime("%H:%M") if row.received_at and row.tells_the_hour else None,
        row.received_by, row.how.label if row.how else it.label, row.entered_by, row.handed_to, it.remark,
    )  # fmt: skip
