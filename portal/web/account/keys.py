"""A leader's own signing key: made, loaded from a file, renewed, ended; the private key never leaves the portal."""

from collections.abc import Callable

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.certificates import LARGEST_KEY_FILE, key_from_pkcs12
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.signing_keys import ABOUT_CERTIFICATES
from portal.services import leader_keys, proofs
from portal.store.extension import read
from portal.store.queries.signing_keys import KeyRow, certificate_of, key_of_leader, keys_of_leader
from portal.web.access import allow, me
from portal.web.account.blueprint import bp
from portal.web.account.forms import EndKeyForm, LoadKeyForm, NewPinForm
from portal.web.acting import OK, attempt, tried
from portal.web.downloads import certificate
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.proving import prove

MAKE_FORM = "fragments/account/_make_key_form.html"
LOAD_FORM = "fragments/account/_load_key_form.html"
APART = "make-"
"""Two forms on one page ask for the same things; names and ids of the first begin so."""


@bp.get("/account/signing-key")
@allow(Role.LEADER)
def signing_key() -> Response:
    """My key: how it stands, what it is good for, and how I get another."""
    return _page()


@bp.post("/account/signing-key/make")
@allow(Role.LEADER)
def make_signing_key() -> Response:
    """Have the portal make me a key, under a PIN of my own."""
    form = NewPinForm(prefix=APART)
    return _got(
        form,
        lambda session: leader_keys.make_own_key(session, form.pin.data, actor=me(), now=clock.now()),
        MAKE_FORM,
        "签名密钥已制作，可以用数字证书签批了。请记住签名口令。",
    )


@bp.post("/account/signing-key/load")
@allow(Role.LEADER)
def load_signing_key() -> Response:
    """Load a key and certificate I already have."""
    form = LoadKeyForm()
    file = request.files.get("file")
    data = file.stream.read(LARGEST_KEY_FILE + 1) if file is not None and file.filename else b""
    if not data and form.validate():
        form.refuse(RuleBroken("请选择证书文件。", field="file"))
        return _page(load=form, fragment=LOAD_FORM, status=422)

    def keep(session: Session) -> None:
        leader_keys.keep_loaded_key(session, loaded, form.pin.data, actor=me(), now=clock.now())

    if not form.validate_on_submit():
        return _page(load=form, fragment=LOAD_FORM, status=422)
    try:
        loaded = key_from_pkcs12(data, form.file_password.data or "", now=clock.now())
    except RuleBroken as refusal:
        field = "file_password" if refusal.field == "password" else refusal.field
        form.refuse(RuleBroken(refusal.message, field=field))
        return _page(load=form, fragment=LOAD_FORM, status=422)
    return _got(form, keep, LOAD_FORM, "证书已导入，可以用它签批了。证书文件的密码没有保存，以后签名输入签名口令。")


@bp.route("/account/signing-key/end", methods=["GET", "POST"])
@allow(Role.LEADER)
def end_signing_key() -> Response:
    """End my key, after saying what that means."""
    form = EndKeyForm()
    answer = attempt(
        form,
        lambda session: leader_keys.end_own_key(session, form.reason.data or "", actor=me(), now=clock.now()),
        done="签名密钥已停用，不能再用它签名；以前的签名不受影响。",
        onward=url_for("account.signing_key"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/account/end_signing_key.html",
        "fragments/account/_end_key_form.html",
        status=answer,
        form=form,
        key=_key(),
    )


@bp.get("/account/signing-key/certificate.pem")
@allow(Role.LEADER)
def own_certificate() -> Response:
    """My certificate, for whoever wants to check my signatures; it holds no secret."""
    key = _key()
    if key is None:
        raise NotFound("您还没有签名证书。")
    return certificate(certificate_of(read(), key.id), f"证书-{key.subject}")


def _got(form: NewPinForm, act: Callable[[Session], object], fragment: str, done: str) -> Response:
    """Carry out what gives the leader a new key; only whoever knows the password of the account may.

    Nobody makes a key at a screen its owner has left.
    """
    status = 422
    if form.validate_on_submit():
        try:
            username = prove(form.password.data, before="制作或导入签名密钥")
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            status = tried(form, lambda session: _proved(session, act, username))
    if status == OK:
        flash(done, "success")
        return go(url_for("account.signing_key"))
    shown = {"load": form} if isinstance(form, LoadKeyForm) else {"make": form}
    return _page(**shown, fragment=fragment, status=status)


def _proved(session: Session, act: Callable[[Session], object], username: str) -> None:
    act(session)
    proofs.note_right(session, username)


def _key() -> KeyRow | None:
    return next((it for it in (key_of_leader(read(), leader) for leader in me().leader_ids) if it is not None), None)


def _page(
    make: NewPinForm | None = None, load: LoadKeyForm | None = None, *, fragment: str = MAKE_FORM, status: int = 200
) -> Response:
    now, key = clock.now(), _key()
    return render(
        "pages/account/signing_key.html",
        fragment,
        status=status,
        make=make or NewPinForm(formdata=None, prefix=APART),
        load=load or LoadKeyForm(formdata=None),
        key=key,
        state=key.state(now) if key else None,
        earlier=[it for leader in sorted(me().leader_ids) for it in keys_of_leader(read(), leader)],
        about=ABOUT_CERTIFICATES,
        now=now,
        years=rules().certificate_years,
    )
