"""The leader decides, sees the exact paper and signs it; other leaders sign it as well (NX-12, NX-14, domain 7.3)."""

from contextlib import suppress
from dataclasses import dataclass

from flask import Response, current_app, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import CannotKeep, RuleBroken
from portal.domain.people import Role
from portal.domain.signing import ON_SCREEN, Proof, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.jobs.keeping import keeping_of
from portal.services import proofs, slip_signing
from portal.services.certificate_signing import countersign_with_certificate, sign_with_certificate
from portal.services.keeping import Keeping
from portal.services.kept_papers import bring_up_to_date
from portal.services.mandates import authority_to_sign
from portal.services.slip_signing import Signing
from portal.services.strokes import strokes_from
from portal.store.extension import read, write
from portal.store.queries.mandates import MandateRow, mandate_row
from portal.store.queries.signatures import SHORT, SlipSignatures, signatures_on
from portal.store.queries.signing_keys import key_of_leader
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.store.queries.workbench_slips import slips_to_sign
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_word
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.proving import prove
from portal.web.slips.attempting import attempted
from portal.web.slips.blueprint import bp
from portal.web.slips.forms import SignForm, order_data
from portal.web.slips.offered import is_decided, signs
from portal.web.slips.showing import on_paper, order_of, shown
from portal.web.slips.signing_forms import CountersignatureForm, SigningForm

DECIDE_FORM = "fragments/slips/_decide_form.html"
SIGNING_FORM = "fragments/slips/_signing_form.html"
COUNTERSIGNATURE_FORM = "fragments/slips/_countersignature_form.html"


@dataclass(frozen=True, slots=True)
class Way:
    """A way of signing that can be chosen."""

    how: SignedHow
    url: str
    chosen: bool


@bp.route("/<int:slip_id>/decide", methods=["GET", "POST"])
@allow(Role.LEADER)
def decide(slip_id: int) -> Response:
    """First step: the instruction, who leads, who handles, until when."""
    slip = slip_page(read(), me(), slip_id)
    form = SignForm(data=order_data(order_of(slip)) | {"version": slip.version})
    return attempted(
        slip,
        DECIDE_FORM,
        form,
        lambda session: slip_signing.decide(
            session, slip_id, form.order(), version=form.seen_version(), actor=me(), now=clock.now()
        ),
        done="批示已写入单据。请核对下面的单据，再签批。",
        onward=url_for("slips.sign", slip_id=slip_id),
    )


@bp.route("/<int:slip_id>/sign", methods=["GET", "POST"])
@allow(Role.LEADER)
def sign(slip_id: int) -> Response:
    """Second step: sign exactly the paper that is shown."""
    slip = slip_page(read(), me(), slip_id)
    if request.method == "GET":
        if not signs(slip, me()):
            return go(url_for("slips.show", slip_id=slip_id))
        if not is_decided(slip):
            flash("签批前请先填写批示、牵头领导和牵头单位。", "info")
            return go(url_for("slips.decide", slip_id=slip_id))
        if slip.due_on is None or slip.due_on < clock.today():
            flash("办结时限没有填写或已经过了，签批前请先改为今天或以后的日期。", "info")
            return go(url_for("slips.decide", slip_id=slip_id))
    return _signing(slip, SignatureRole.SIGNER)


@bp.route("/<int:slip_id>/countersign", methods=["GET", "POST"])
@allow(Role.LEADER)
def countersign(slip_id: int) -> Response:
    """Sign as well what another leader has signed (会签)."""
    slip = slip_page(read(), me(), slip_id)
    asked = signatures_on(read(), slip_id).asks(me())
    if request.method == "GET" and (asked is None or slip.state is not SlipState.SIGNED):
        return go(url_for("slips.show", slip_id=slip_id))
    return _signing(slip, SignatureRole.COUNTERSIGNER)


@bp.route("/<int:slip_id>/countersignature", methods=["GET", "POST"])
@allow(Role.OFFICE)
def record_countersignature(slip_id: int) -> Response:
    """Enter that a leader signed the paper as well, by hand."""
    slip = slip_page(read(), me(), slip_id)
    form = CountersignatureForm(data={"signed_on": slip.signed_on or clock.today()})
    form.offer((it.leader_id, it.name) for it in signatures_on(read(), slip_id).missing)
    answer = attempt(
        form,
        lambda session: slip_signing.record_countersignature(
            session, slip_id, int(form.leader_id.data), form.signed_on.data, actor=me(), now=clock.now()
        ),
        done=f"已登记 {slip.number} 的纸面会签。",
        onward=url_for("slips.show", slip_id=slip_id),
    )
    return answer if isinstance(answer, Response) else shown(slip, COUNTERSIGNATURE_FORM, form=form, status=answer)


def next_to_sign(slip_id: int) -> tuple[str, str] | None:
    """The next slip that waits for the signature of the leader who looks: number and address."""
    if me().role is not Role.LEADER:
        return None
    waiting = slips_to_sign(read(), me().leader_ids | me().stands_in_for)
    return next(((it.number or "", url_for("slips.show", slip_id=it.id)) for it in waiting if it.id != slip_id), None)


def _signing(slip: SlipPage, role: SignatureRole) -> Response:
    """Show the paper and the form, or sign; a paper that has changed meanwhile is shown anew (409)."""
    form, status = SigningForm(), 200
    if request.method == "POST":
        status = _sign(slip, role, form)
        if status == 0:
            flash(f"已{role.label} {slip.number}。{_AFTERWARDS[role]}", "success")
            return go(url_for("slips.show", slip_id=slip.id))
        slip = slip_page(read(), me(), slip.id)
    return _page(slip, role, form, status)


_AFTERWARDS = {
    SignatureRole.SIGNER: "工商联办公室将印发给牵头单位和配合单位。",
    SignatureRole.COUNTERSIGNER: "会签齐后，工商联办公室印发。",
}


def _sign(slip: SlipPage, role: SignatureRole, form: SigningForm) -> int:
    """Carry the signature out: 0 when it is done, else the status with which to show the page again."""
    if not form.validate_on_submit():
        return 422
    try:
        _carry_out(slip.id, role, form)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return 0


def _carry_out(slip_id: int, role: SignatureRole, form: SigningForm) -> None:
    """What was drawn is looked at before the password is, so that a slip of the pen costs no attempt."""
    how, document = form.way(), form.document_sha256.data or ""
    if how is None or how not in _ways():
        raise RuleBroken("请选择一种签批方式。", field="how")
    if how is SignedHow.CERTIFICATE:
        _with_certificate(slip_id, role, document, form.pin.data or "")
        return
    strokes = strokes_from(form.strokes.data or "") if how is SignedHow.TABLET else ()
    if not form.password.data:
        raise RuleBroken("请输入登录密码，核验是您本人。", field="password")
    username = prove(form.password.data)
    act = slip_signing.sign if role is SignatureRole.SIGNER else slip_signing.countersign

    def signed(session: Session) -> None:
        act(session, slip_id, Signing(how, document, Proof.PASSWORD, strokes), actor=me(), now=clock.now())
        proofs.note_right(session, username)

    write(signed)
    with suppress(CannotKeep):  # the file is made later by the due work; the signature is on record
        bring_up_to_date(_keeping(), slip_id, now=clock.now())


def _with_certificate(slip_id: int, role: SignatureRole, document: str, pin: str) -> None:
    """The file is signed with the leader's own key before the signature is put on record, so it opens its own transactions."""
    if not pin:
        raise RuleBroken("请输入您为证书设定的签名口令。", field="pin")
    act = sign_with_certificate if role is SignatureRole.SIGNER else countersign_with_certificate
    act(_keeping(), slip_id, document_sha256=document, pin=pin, actor=me(), now=clock.now())


def _keeping() -> Keeping:
    return keeping_of(current_app.config["SETTINGS"])


def _has_key() -> bool:
    """Whether this person has a certificate that signs now."""
    keys = (key_of_leader(read(), leader_id) for leader_id in me().leader_ids)
    return any(it is not None and it.is_usable(clock.now()) for it in keys)


def _page(slip: SlipPage, role: SignatureRole, form: SigningForm, status: int) -> Response:
    signatures, ways = signatures_on(read(), slip.id), _ways()
    chosen = form.way() or asked_word(SignedHow, "how")
    chosen = chosen if chosen in ways else next(iter(ways), None)
    paper = slip.versions[0] if slip.versions else None
    if status != 422 or not form.document_sha256.data:
        form.document_sha256.data = paper.sha256 if paper else ""
    if status == 409:
        form.strokes.data = ""
    form.how.data = chosen.value if chosen else ""
    endpoint = "slips.sign" if role is SignatureRole.SIGNER else "slips.countersign"
    return render(
        "pages/slips/sign.html",
        SIGNING_FORM,
        status=status,
        slip=slip,
        sheet=on_paper(slip),
        role=role,
        form=form,
        chosen=chosen,
        ways=[Way(it, url_for(endpoint, slip_id=slip.id, how=it.value), it is chosen) for it in ways],
        action=url_for(endpoint, slip_id=slip.id),
        paper=paper,
        short=SHORT,
        signatures=signatures,
        mandate=_mandate(slip) if role is SignatureRole.SIGNER else None,
        has_key=chosen is not SignedHow.CERTIFICATE or _has_key(),
        can_sign=_can_sign(slip, signatures, role),
    )


def _can_sign(slip: SlipPage, signatures: SlipSignatures, role: SignatureRole) -> bool:
    if role is SignatureRole.SIGNER:
        return signs(slip, me())
    return slip.state is SlipState.SIGNED and signatures.asks(me()) is not None


def _ways() -> tuple[SignedHow, ...]:
    """The ways the office lets leaders sign on the screen, in its own order."""
    found = (SignedHow(it) for it in rules().signing_ways)
    return tuple(it for it in found if it in ON_SCREEN)


def _mandate(slip: SlipPage) -> MandateRow | None:
    """The mandate under which this person would sign; None for the leader who signs."""
    authority = authority_to_sign(read(), slip.signer.id if slip.signer else None, me(), clock.today())
    if authority is None or authority.mandate_id is None:
        return None
    return mandate_row(read(), me(), authority.mandate_id, clock.today())
