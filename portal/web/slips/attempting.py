"""How a form beside a slip is carried out: shown again with what was typed when refused, gone on from when done."""

from collections.abc import Callable

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.store.extension import read, write
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.web.access import me
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.slips.forms import OrderForm
from portal.web.slips.showing import draft_of, offer_choices, shown

CONFLICT = 409
"""Only then the form takes the newest version: whoever reads the refusal may send it again knowing what changed."""


def attempted(
    slip: SlipPage,
    fragment: str,
    form: PortalForm,
    act: Callable[[Session], object],
    *,
    done: str,
    onward: str | None = None,
    page: str | None = None,
    before: Callable[[], None] | None = None,
) -> Response:
    """Show a form beside the slip, or carry it out and go on; a refusal keeps what was typed.

    `before` is what takes long and writes nothing, such as reading a file that came with the form.
    """
    status: int | None = 200
    rows_changed = request.method == "POST" and isinstance(form, OrderForm) and form.change_rows()
    more = {}
    if isinstance(form, OrderForm):
        more = offer_choices(form, booking_id=slip.booking_id, chosen=draft_of(slip))
    if request.method == "POST" and not rows_changed:
        status = carry_out(form, act, before)
        if status is None:
            flash(done, "success")
            return go(onward or url_for("slips.show", slip_id=slip.id))
    if status == CONFLICT:
        slip = slip_page(read(), me(), slip.id)
        form.version.data = str(slip.version)
    if page is not None:
        return render(page, fragment, status=status or 200, slip=slip, form=form)
    return shown(slip, fragment, form=form, status=status or 200, **more)


def carry_out(
    form: PortalForm, act: Callable[[Session], object], before: Callable[[], None] | None = None
) -> int | None:
    """Do what a form asks for, all or nothing; None when done, else the status with which to show the form again."""
    if not form.validate_on_submit():
        return 422
    try:
        if before is not None:
            before()
        write(act)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return None
