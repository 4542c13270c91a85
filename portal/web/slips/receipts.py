"""Receipts (签收): a unit reads, hands on; the office sees who has not signed, reminds, and keys in what was signed on paper."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.receipt_sheet import receipt_sheet
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.receipts import RATE_FORMULA, ReceiptRate, ReceiptWanted
from portal.services import paper_receipts, slip_news, slip_receipts
from portal.services.paper_receipts import PaperRefused, mark_of
from portal.services.receipt_sheets import sheet_of
from portal.store.extension import read, write
from portal.store.queries.people import unit_rows
from portal.store.queries.receipts import (
    RECEIPT_SORTS,
    ReceiptFilter,
    ReceiptRow,
    UnitReceipts,
    all_receipt_rows,
    receipt_rows,
    receipts_by_unit,
    receipts_of_slips,
    unit_accounts,
    waiting_days,
    waiting_places,
)
from portal.store.queries.slip_pages import UNSEEN, slip_page
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number, asked_text, asked_word
from portal.web.downloads import pdf, xlsx
from portal.web.errors import status_of
from portal.web.filters import full_date, long_date, short_date
from portal.web.htmx import go, is_htmx, render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.receipt_forms import CorrectionForm, HandOnForm, PaperForm, PaperLine, WithdrawalForm, typed_lines
from portal.web.slips.receipt_words import all_said, on_page, said
from portal.web.slips.showing import shown

WORDS = ("state", "unit", "day", "from", "until", "slip")
OWN_RECEIPT = "fragments/slips/_own_receipt.html"
PAPER_FORM = "fragments/slips/_paper_receipt_form.html"
MOST_BARS = 20


@bp.get("/receipts")
@allow(*BUSINESS)
def receipts() -> Response:
    """Who has not signed for what, how late, and how punctual each unit was in a span of days."""
    return _receipts_page()


def _receipts_page(status: int = 200) -> Response:
    asked, spelled = _asked(), _spelled()
    wanted = wanted_page(RECEIPT_SORTS, default="due")
    page = Listing(receipt_rows(read(), me(), asked, wanted, today=clock.today()))
    first, last = _span()
    units = receipts_by_unit(read(), me(), first, last, today=clock.today())
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
        choices=[] if me().role is Role.UNIT else [(it.id, it.short_name) for it in unit_rows(read())],
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


@bp.post("/<int:slip_id>/read")
@allow(Role.UNIT)
def mark_read(slip_id: int) -> Response:
    """Note that the unit has opened the slip; the page does so by itself, a button does it without script."""
    write(lambda session: slip_receipts.read_slip(session, slip_id, actor=me(), now=clock.now()))
    if not is_htmx():
        return go(url_for("slips.show", slip_id=slip_id))
    slip = slip_page(read(), me(), slip_id)
    return render(OWN_RECEIPT, slip=slip, **on_page(slip))


@bp.route("/<int:slip_id>/hand-on", methods=["GET", "POST"])
@allow(Role.UNIT)
def hand_on(slip_id: int) -> Response:
    """Hand a slip the unit has signed for to the person who handles it there."""
    slip, form, status = slip_page(read(), me(), slip_id), HandOnForm(), 200
    form.offer(unit_accounts(read(), me().unit_id or 0))
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            to = form.handler()
            try:
                kept = write(
                    lambda session: slip_receipts.hand_on(session, slip_id, to, actor=me(), now=clock.now()).handed_to
                )
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
            else:
                flash(f"已转给经办人{kept}。", "success")
                return go(url_for("slips.show", slip_id=slip_id))
    return render(
        "pages/slips/hand_on.html", "fragments/slips/_hand_on_form.html", status=status, slip=slip, form=form,
        **on_page(slip),
    )  # fmt: skip


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


@bp.route("/<int:slip_id>/receipts/paper", methods=["GET", "POST"])
@allow(Role.OFFICE)
def enter_paper(slip_id: int) -> Response:
    """Key in the receipt table of one printed slip."""
    slip = slip_page(read(), me(), slip_id)
    rows = [it for it in receipts_of_slips(read(), me(), [slip_id]) if it.waits]
    back = (slip.number or "交办单", url_for("slips.show", slip_id=slip_id))
    return _paper(
        rows, f"登记 {slip.number or '交办单'} 的纸面签收", url_for("slips.enter_paper", slip_id=slip_id), back
    )


@bp.route("/receipts/paper", methods=["GET", "POST"])
@allow(Role.OFFICE)
def enter_papers() -> Response:
    """Key in the receipt tables of all slips of a reception day at once."""
    days = waiting_days(read())
    day = asked_day("day") or (days[0] if days else None)
    asked = ReceiptFilter(wanted=ReceiptWanted.WAITING, day=day)
    rows = all_receipt_rows(read(), me(), asked, today=clock.today()) if day else []
    title = f"登记 {short_date(day)}接待日的纸面签收" if day else "登记纸面签收"
    action = url_for("slips.enter_papers", day=day.isoformat() if day else None)
    return _paper(rows, title, action, ("谁还没签收", url_for("slips.receipts")), days=days, day=day)


@bp.route("/<int:slip_id>/receipts/<int:unit_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def correct_receipt(slip_id: int, unit_id: int) -> Response:
    """Put a paper receipt right that was keyed in wrongly."""
    row = _on_paper(slip_id, unit_id)
    form, status = CorrectionForm(data=_kept(row)), 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            given, reason, seen = form.receipt(slip_id, unit_id), form.reason.data or "", form.seen.data
            try:
                write(
                    lambda session: paper_receipts.correct_receipt(
                        session, given, reason, seen=seen, actor=me(), now=clock.now()
                    )
                )
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
                _show_newest(form, slip_id, unit_id)
            else:
                flash("已更正，原来的登记和原因写入时间线。", "success")
                return go(url_for("slips.show", slip_id=slip_id))
    return render(
        "pages/slips/correct_receipt.html", "fragments/slips/_correction_form.html", status=status, form=form,
        it=said(row), row=row,
    )  # fmt: skip


@bp.route("/<int:slip_id>/receipts/<int:unit_id>/withdraw", methods=["GET", "POST"])
@allow(Role.OFFICE)
def withdraw_receipt(slip_id: int, unit_id: int) -> Response:
    """Take back a paper receipt that belongs to another slip or unit, after saying what that means."""
    row = _on_paper(slip_id, unit_id)
    form, status = WithdrawalForm(data={"seen": _kept(row)["seen"]}), 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            reason, seen = form.reason.data or "", form.seen.data
            try:
                write(
                    lambda session: paper_receipts.withdraw_receipt(
                        session, slip_id, unit_id, reason, seen=seen, actor=me(), now=clock.now()
                    )
                )
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
                _show_newest(form, slip_id, unit_id)
            else:
                flash("已撤销这条签收登记，该单位恢复为待签收。", "success")
                return go(url_for("slips.show", slip_id=slip_id))
    return render(
        "pages/slips/withdraw_receipt.html", "fragments/slips/_withdrawal_form.html", status=status, form=form,
        it=said(row), row=row,
    )  # fmt: skip


def _paper(
    rows: Sequence[ReceiptRow],
    title: str,
    action: str,
    back: tuple[str, str],
    *,
    days: Sequence[date] = (),
    day: date | None = None,
) -> Response:
    """Show the table to key in, or keep what was typed; a row that cannot stand keeps its text and says why."""
    form, status = PaperForm(data={"day": clock.today()}), 200
    lines = [PaperLine(it) for it in rows]
    if request.method == "POST":
        lines = typed_lines(rows)
        status, lines = _keep(form, lines)
        if status == 303:
            return go(back[1])
    return render(
        "pages/slips/paper_receipts.html", PAPER_FORM, status=status, form=form, lines=lines, title=title,
        action=action, back=back, days=days, day=day,
    )  # fmt: skip


def _keep(form: PaperForm, lines: list[PaperLine]) -> tuple[int, list[PaperLine]]:
    """Enter the rows that were filled in, all or none; answers the status, and the rows with what is wrong with each."""
    if not form.validate_on_submit():
        return 422, lines
    if any(it.problem for it in lines):
        form.form_errors.append("有的行需要改正，全部没有保存。请看各行下面的说明。")
        return 422, lines
    given = [it.receipt(form.day.data) for it in lines if it.is_filled]
    try:
        write(lambda session: paper_receipts.enter_receipts(session, given, actor=me(), now=clock.now()))
    except PaperRefused as refusal:
        form.form_errors.append(refusal.message)
        marked = [
            PaperLine(it.row, it.by, it.on, it.hour, refusal.rows.get((it.row.slip_id, it.row.unit_id))) for it in lines
        ]
        return (409 if refusal.overtaken else 422), marked
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal), lines
    flash(f"已登记 {len(given)} 条纸面签收。", "success")
    return 303, lines


def _on_paper(slip_id: int, unit_id: int) -> ReceiptRow:
    """The paper receipt of a unit; raises NotFound when there is none."""
    found = [it for it in receipts_of_slips(read(), me(), [slip_id]) if it.unit_id == unit_id]
    if not found:
        raise NotFound(UNSEEN)
    if found[0].received_at is None:
        raise NotFound("该单位还没有签收登记，可能刚刚被撤销。请回到交办单查看。")
    return found[0]


def _kept(row: ReceiptRow) -> dict[str, Any]:
    at = row.received_at
    if at is None:
        return {}
    return {
        "seen": mark_of(row.received_by, at),
        "received_by": row.received_by,
        "received_on": row.received_on,
        "hour": at.time() if row.tells_the_hour else None,
    }


def _show_newest(form: CorrectionForm | WithdrawalForm, slip_id: int, unit_id: int) -> None:
    """Whoever reads that somebody was first may send the form again knowing what stands now."""
    newest = _kept(_on_paper(slip_id, unit_id)).get("seen")
    form.seen.data, form.seen.raw_data = newest, [newest]


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
    return {name: asked_text(name) for name in WORDS if asked_text(name)}


def _span() -> tuple[date, date]:
    """The days whose rate is shown: those asked for, otherwise this year's."""
    year = clock.today().year
    first, last = asked_day("from") or date(year, 1, 1), asked_day("until") or date(year, 12, 31)
    return (first, last) if first <= last else (last, first)


def _together(units: Sequence[UnitReceipts]) -> ReceiptRate:
    return ReceiptRate(*(sum(getattr(it.rate, name) for it in units) for name in ("in_time", "late", "missing")))


def _all_rows() -> Sequence[ReceiptRow]:
    return all_receipt_rows(read(), me(), _asked(), today=clock.today())


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
