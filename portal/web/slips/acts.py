"""What can be done with a slip: each act is a form on a page that also works without script."""

from collections.abc import Callable
from contextlib import suppress

from flask import Response, current_app, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import PortalError, RuleBroken
from portal.domain.people import Role
from portal.jobs.keeping import keeping_of
from portal.services import slip_receipts, slip_scans, slip_signing, slips
from portal.services.kept_papers import bring_up_to_date
from portal.services.slip_scans import KeptScan
from portal.store.extension import read, write
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.web.access import allow, me
from portal.web.converters import number_in
from portal.web.errors import status_of
from portal.web.htmx import go
from portal.web.slips.attempting import attempted
from portal.web.slips.blueprint import bp
from portal.web.slips.forms import (
    ReturnForm,
    SignatureForm,
    SignForm,
    VoidForm,
    order_data,
)
from portal.web.slips.offered import signs
from portal.web.slips.scanning import taken_scan
from portal.web.slips.showing import draft_of, offer_choices, order_of, shown
from portal.web.slips.signing import DECIDE_FORM

SIGNATURE_FORM = "fragments/slips/_signature_form.html"
RETURN_FORM = "fragments/slips/_return_form.html"
VOID_FORM = "fragments/slips/_void_form.html"


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


@bp.route("/<int:slip_id>/signature", methods=["GET", "POST"])
@allow(Role.OFFICE)
def record_signature(slip_id: int) -> Response:
    """Enter what the leader wrote and signed by hand."""
    slip = slip_page(read(), me(), slip_id)
    form = SignatureForm(data=order_data(order_of(slip)) | {"version": slip.version, "signed_on": clock.today()})
    scan: list[KeptScan | None] = [None]

    def read_scan() -> None:
        scan[0] = taken_scan(form)

    def act(session: Session) -> None:
        slip_signing.record_signature(
            session, slip_id, form.order(), form.day(), version=form.seen_version(), actor=me(), now=clock.now()
        )
        if scan[0] is not None:
            slip_scans.attach_scan(session, slip_id, scan[0], form.reason.data or "", actor=me(), now=clock.now())

    done = f"已登记 {slip.number} 的手写签批，可以印发。"
    return attempted(slip, SIGNATURE_FORM, form, act, done=done, before=read_scan)


@bp.post("/<int:slip_id>/issue")
@allow(Role.OFFICE)
def issue(slip_id: int) -> Response:
    """Send a signed slip to its units."""
    answer = _press(
        slip_id,
        lambda session: slips.issue_slip(session, slip_id, actor=me(), now=clock.now()),
        done="已印发，牵头单位和配合单位现在可以看到并签收。",
    )
    with suppress(PortalError):  # the seal is set by the due work or by whoever prints first; the slip is issued
        bring_up_to_date(keeping_of(current_app.config["SETTINGS"]), slip_id, now=clock.now())
    return answer


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
    return attempted(
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
    return attempted(
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
        return shown(slip, DECIDE_FORM, form=sign_form, **more)
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
    return number_in(form.version.data)
