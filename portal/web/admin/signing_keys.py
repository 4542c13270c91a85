"""Every key that signs or has signed, for the security administrator: how it stands, and revoking it."""

from flask import Response, url_for
from wtforms import IntegerField, TextAreaField
from wtforms.widgets import HiddenInput

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.domain.signing import KeyHolder
from portal.domain.signing_keys import ABOUT_CERTIFICATES, KeyState
from portal.services import signing_keys as services
from portal.store.extension import read
from portal.store.queries.signing_keys import KEY_SORTS, all_key_rows, certificate_of, key_page, key_row
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.asked import asked_text, asked_word, choices
from portal.web.downloads import certificate, xlsx
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page

KEY_TONES = {
    KeyState.STANDING: "good",
    KeyState.EXPIRING: "wait",
    KeyState.EXPIRED: "stop",
    KeyState.ENDED: "neutral",
    KeyState.REVOKED: "stop",
}


class RevokeForm(PortalForm):
    """Why a key is no longer to be believed."""

    version = IntegerField(widget=HiddenInput())
    reason = TextAreaField("吊销原因", [required("请写明吊销原因。"), at_most(200)])


@bp.get("/signing-keys", endpoint="signing_keys")
@allow(Role.SECURITY)
def every_signing_key() -> Response:
    """Which keys can sign, and until when."""
    holder, state, q, now = asked_word(KeyHolder, "holder"), asked_word(KeyState, "state"), asked_text("q"), clock.now()
    wanted = wanted_page(KEY_SORTS, default="made", descending=True)
    return render(
        "pages/admin/signing_keys.html",
        "fragments/admin/_signing_key_list.html",
        page=Listing(key_page(read(), wanted, holder=holder, state=state, q=q, now=now)),
        holders=choices(KeyHolder),
        states=choices(KeyState),
        holder=holder,
        state=state,
        q=q,
        now=now,
        tones=KEY_TONES,
        about=ABOUT_CERTIFICATES,
        export_url=url_for("admin.signing_keys_xlsx", holder=holder, state=state, q=q or None),
    )


@bp.get("/signing-keys.xlsx")
@allow(Role.SECURITY)
def signing_keys_xlsx() -> Response:
    """The same list to save."""
    now = clock.now()
    columns = [Column("用途", 16), Column("证书主体", 30), Column("领导", 12), Column("来源", 16), Column("序列号", 44)]
    columns += [
        Column("生效", 18),
        Column("到期", 18),
        Column("状态", 10),
        Column("停用时间", 18),
        Column("停用原因", 40),
    ]
    rows = (
        (
            it.holder.label,
            it.subject,
            it.leader,
            it.origin.label,
            it.serial,
            it.not_before,
            it.not_after,
            it.state(now).label,
            it.ended_at,
            it.ended_reason,
        )
        for it in all_key_rows(
            read(),
            holder=asked_word(KeyHolder, "holder"),
            state=asked_word(KeyState, "state"),
            q=asked_text("q"),
            now=now,
        )
    )
    return xlsx("签名密钥", columns, rows, today=clock.today())


@bp.route("/signing-keys/<int:key_id>", methods=["GET", "POST"])
@allow(Role.SECURITY)
def signing_key(key_id: int) -> Response:
    """One key, and revoking it."""
    key, now = key_row(read(), key_id), clock.now()
    form = RevokeForm(data={"version": key.version})
    answer = attempt(
        form,
        lambda session: services.revoke_key(
            session, key_id, form.reason.data or "", version=form.version.data, actor=me(), now=now
        ),
        done=f"已吊销{key.holder.label}的签名密钥（{key.subject}）。",
        onward=url_for("admin.signing_keys"),
    )
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        key = key_row(read(), key_id)
        form.has_seen(key.version)
    return render(
        "pages/admin/signing_key.html",
        "fragments/admin/_revoke_key_form.html",
        status=answer,
        key=key,
        form=form,
        now=now,
        tones=KEY_TONES,
        about=ABOUT_CERTIFICATES,
        is_authority=key.holder is KeyHolder.AUTHORITY,
    )


@bp.get("/signing-keys/<int:key_id>/certificate.pem")
@allow(Role.SECURITY)
def signing_key_certificate(key_id: int) -> Response:
    """The certificate of a key, with those above it; never the key itself."""
    key = key_row(read(), key_id)
    return certificate(certificate_of(read(), key_id), f"证书-{key.subject}-{key.serial[:8]}")
