"""Receipts signed on paper: keyed in, put right, taken back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.receipts import ReceiptWanted
from portal.services import paper_receipts
from portal.services.paper_receipts import PaperRefused, mark_of
from portal.store.extension import read, write
from portal.store.queries.receipts import ReceiptFilter, ReceiptRow, all_receipt_rows, receipts_of_slips, waiting_days
from portal.store.queries.slip_pages import slip_page
from portal.store.queries.slip_records import UNSEEN
from portal.web.access import allow, me
from portal.web.asked import asked_day
from portal.web.errors import status_of
from portal.web.filters import short_date
from portal.web.htmx import go, render
from portal.web.slips.blueprint import bp
from portal.web.slips.receipt_forms import CorrectionForm, PaperForm, PaperLine, WithdrawalForm, typed_lines
from portal.web.slips.receipt_words import said

PAPER_FORM = "fragments/slips/_paper_receipt_form.html"


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
    rows = all_receipt_rows(read(), me(), asked, now=clock.now()) if day else []
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
