"""A unit's own receipt: it reads the slip, and hands it on to whoever handles it."""

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import slip_receipts
from portal.store.extension import read, write
from portal.store.queries.receipts import unit_accounts
from portal.store.queries.slip_pages import slip_page
from portal.web.access import allow, me
from portal.web.errors import status_of
from portal.web.htmx import go, is_htmx, render
from portal.web.slips.blueprint import bp
from portal.web.slips.receipt_forms import HandOnForm
from portal.web.slips.receipt_words import on_page

OWN_RECEIPT = "fragments/slips/_own_receipt.html"


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
