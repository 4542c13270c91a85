"""What can be done with a slip: each act is a form on a page that also works without script."""

from collections.abc import Callable

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import slip_receipts, slip_signing, slips
from portal.store.extension import read, write
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.web.access import allow, me
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.slips.blueprint import bp
from portal.web.slips.forms import (
    OrderForm,
    ReturnForm,
    SignatureForm,
    SignForm,
    VoidForm,
    order_data,
)
from portal.web.slips.offered import signs
from portal.web.slips.showing import draft_of, offer_choices, order_of, shown

SIGN_FORM = "fragments/slips/_sign_form.html"
SIGNATURE_FORM = "fragments/slips/_signature_form.html"
RETURN_FORM = "fragments/slips/_return_form.html"
VOID_FORM = "fragments/slips/_void_form.html"
CONFLICT = 409
"""Only then the form takes the newest version: whoever reads the refusal may send it again knowing what changed."""


@bp.post("/<int:slip_id>/number")
@allow(Role.OFFICE)
def number(slip_id: int) -> Response:
    """Give a draft its number as it stands, and print it if asked."""
    onward = url_for("slips.paper", slip_id=slip_id) if request.form.get("then") == "print" else None
    return _press(
        slip_id,
        lambda session: slips.number_slip(session, slip_id, actor=me(), now=clock.now()),
        done="已编号，可以打印送签。",
        onward=onward,
    )


@bp.route("/<int:slip_id>/sign", methods=["GET", "POST"])
@allow(Role.LEADER)
def sign(slip_id: int) -> Response:
    """The leader writes the instruction and signs on the screen."""
    slip = slip_page(read(), me(), slip_id)
    form = SignForm(data=order_data(order_of(slip)) | {"version": slip.version})
    return _attempt(
        slip,
        SIGN_FORM,
        form,
        lambda session: slip_signing.sign_slip(
            session, slip_id, form.order(), version=form.seen_version(), actor=me(), now=clock.now()
        ),
        done=f"已签批 {slip.number}，工商联办公室将印发给牵头单位和配合单位。",
    )


@bp.route("/<int:slip_id>/signature", methods=["GET", "POST"])
@allow(Role.OFFICE)
def record_signature(slip_id: int) -> Response:
    """Enter what the leader wrote and signed by hand."""
    slip = slip_page(read(), me(), slip_id)
    form = SignatureForm(data=order_data(order_of(slip)) | {"version": slip.version, "signed_on": clock.today()})
    return _attempt(
        slip,
        SIGNATURE_FORM,
        form,
        lambda session: slip_signing.record_signature(
            session, slip_id, form.order(), form.day(), version=form.seen_version(), actor=me(), now=clock.now()
        ),
        done=f"已登记 {slip.number} 的手写签批，可以印发。",
    )


@bp.post("/<int:slip_id>/issue")
@allow(Role.OFFICE)
def issue(slip_id: int) -> Response:
    """Send a signed slip to its units."""
    return _press(
        slip_id,
        lambda session: slips.issue_slip(session, slip_id, actor=me(), now=clock.now()),
        done="已印发，牵头单位和配合单位现在可以看到并签收。",
    )


@bp.post("/<int:slip_id>/receive")
@allow(Role.UNIT)
def receive(slip_id: int) -> Response:
    """Sign for a slip in the name of one's unit."""
    return _press(
        slip_id,
        lambda session: slip_receipts.receive_slip(session, slip_id, actor=me(), now=clock.now()),
        done="已签收。",
    )


@bp.route("/<int:slip_id>/return", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.LEADER)
def send_back(slip_id: int) -> Response:
    """Send a slip back for changes; its number stays."""
    slip = slip_page(read(), me(), slip_id)
    form = ReturnForm(data={"version": slip.version})
    return _attempt(
        slip,
        RETURN_FORM,
        form,
        lambda session: slips.return_to_draft(
            session, slip_id, form.remark.data or "", version=_seen(form), actor=me(), now=clock.now()
        ),
        done=f"已退回修改，编号 {slip.number} 保留。",
    )


@bp.route("/<int:slip_id>/void", methods=["GET", "POST"])
@allow(Role.OFFICE)
def void(slip_id: int) -> Response:
    """Make a slip void, after saying what that means."""
    slip = slip_page(read(), me(), slip_id)
    form = VoidForm(data={"version": slip.version})
    return _attempt(
        slip,
        VOID_FORM,
        form,
        lambda session: slips.void_slip(
            session, slip_id, form.reason.data or "", version=_seen(form), actor=me(), now=clock.now()
        ),
        done=f"{slip.number or '草稿'}已作废，所列事项恢复为待交办。",
        page="pages/slips/void.html",
    )


def form_to_fill_in(slip: SlipPage) -> Response | None:
    """The form this person most likely came for, already on the slip's page; None when there is nothing to fill in."""
    if signs(slip, me()):
        chosen = draft_of(slip)
        sign_form = SignForm(data=order_data(order_of(slip)) | {"version": slip.version})
        more = offer_choices(sign_form, booking_id=slip.booking_id, chosen=chosen)
        return shown(slip, SIGN_FORM, form=sign_form, **more)
    return None


def _attempt(
    slip: SlipPage,
    fragment: str,
    form: PortalForm,
    act: Callable[[Session], object],
    *,
    done: str,
    onward: str | None = None,
    page: str | None = None,
) -> Response:
    """Show a form beside the slip, or carry it out and go on; a refusal keeps what was typed."""
    status: int | None = 200
    rows_changed = request.method == "POST" and isinstance(form, OrderForm) and form.change_rows()
    more = {}
    if isinstance(form, OrderForm):
        more = offer_choices(form, booking_id=slip.booking_id, chosen=draft_of(slip))
    if request.method == "POST" and not rows_changed:
        status = carry_out(form, act)
        if status is None:
            flash(done, "success")
            return go(onward or url_for("slips.show", slip_id=slip.id))
    if status == CONFLICT:
        slip = slip_page(read(), me(), slip.id)
        form.version.data = str(slip.version)
    if page is not None:
        return render(page, fragment, status=status or 200, slip=slip, form=form)
    return shown(slip, fragment, form=form, status=status or 200, **more)


def carry_out(form: PortalForm, act: Callable[[Session], object]) -> int | None:
    """Do what a form asks for, all or nothing; None when done, else the status with which to show the form again."""
    if not form.validate_on_submit():
        return 422
    try:
        write(act)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return None


def _press(slip_id: int, act: Callable[[Session], object], *, done: str, onward: str | None = None) -> Response:
    """Carry out a press of one button, and go on; a refusal is said on the slip's page."""
    slip = slip_page(read(), me(), slip_id)
    try:
        write(act)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return shown(slip_page(read(), me(), slip_id), status=status_of(refusal))
    flash(done, "success")
    return go(onward or url_for("slips.show", slip_id=slip.id))


def _seen(form: ReturnForm | VoidForm) -> int | None:
    return int(form.version.data) if str(form.version.data).isdigit() else None
