"""What anybody may ask about a paper or a file: is it genuine, and is it the one in force (domain 7.3)."""

from contextlib import closing

from flask import Blueprint, Response, request, url_for
from flask_wtf.file import FileField
from wtforms import ValidationError

from portal import clock
from portal.documents.bounded_check import check_bounded
from portal.documents.pades_check import LARGEST
from portal.domain.errors import Busy, NotFound
from portal.services.file_checks import Trusted, check_file
from portal.services.paper_checks import check_code, plain_code
from portal.store.extension import read
from portal.store.queries.paper_codes import authorities, brought_certificates, revoked_keys
from portal.store.queries.signing_keys import authority_certificate
from portal.web.access import anyone
from portal.web.downloads import certificate
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.limits import VERIFY, VERIFY_FILE, limiter
from portal.web.office import rules
from portal.web.verify.showing import (
    facts_of_file,
    facts_shown,
    in_fours,
    signatures_in_file,
    signatures_shown,
)

bp = Blueprint("verify", __name__)

MEGABYTES = LARGEST >> 20


class FileForm(PortalForm):
    """A file to be checked."""

    file = FileField(
        "文件",
        description=f"本系统出具的 PDF，或签批原件的扫描件，不超过 {MEGABYTES} MB。只用于这一次核验，不保存。",
    )

    def validate_file(self, field: FileField) -> None:
        """One file with something in it, and not too large."""
        data = b""
        if field.data and field.data.filename:
            with closing(field.data) as handed_in:
                data = handed_in.read(LARGEST + 1)
        if not data:
            raise ValidationError("请选择要核验的文件；选过的文件如果是空的，请重新导出。")
        if len(data) > LARGEST:
            raise ValidationError(f"文件超过 {MEGABYTES} MB，本系统出具的单据没有这么大，请核对所选文件。")
        self.content = data

    content = b""


@bp.get("/verify/")
@limiter.limit(VERIFY)
@anyone
def ask() -> Response:
    """Type a code that cannot be scanned, or choose a file."""
    code = request.args.get("code", "").strip()
    if code:
        return go(url_for("verify.verdict", code=plain_code(code) or "-"))
    return render("pages/verify/ask.html", form=FileForm())


@bp.route("/verify/file", methods=["GET", "POST"])
@limiter.limit(VERIFY_FILE, methods=["POST"])
@anyone
def file() -> Response:
    """The answer about a file; it is looked at and forgotten."""
    form = FileForm()
    if request.method == "GET":
        return go(url_for("verify.ask"))
    if not form.validate_on_submit():
        return render("pages/verify/ask.html", status=422, form=form)
    session = read()
    trusted = Trusted(
        authorities=authorities(session),
        known=brought_certificates(session),
        revoked=revoked_keys(session),
    )
    try:
        answer = check_file(form.content, trusted, session=session, now=clock.now(), look=check_bounded)
    except Busy as busy:
        form.file.errors = [busy.message]
        return render("pages/verify/ask.html", status=503, form=form)
    names = rules().verify_shows_signer
    return render(
        "pages/verify/file.html",
        answer=answer,
        facts=facts_of_file(answer),
        paper=facts_shown(answer.paper) if answer.paper else [],
        in_file=signatures_in_file(answer, names=names),
        signatures=signatures_shown(answer.paper) if answer.paper else [],
    )


@bp.get("/verify/authority.pem")
@anyone
def authority() -> Response:
    """The public certificate of the portal's own authority, to check kept papers without the portal."""
    pem = authority_certificate(read())
    if pem is None:
        raise NotFound("还没有存档过签批件，认证机构证书尚未生成。")
    return certificate(pem, "authority")


@bp.get("/VERIFY/<code>")  # what QR codes hold: upper case needs fewer modules
@bp.get("/verify/<code>")
@limiter.limit(VERIFY)
@anyone
def verdict(code: str) -> Response:
    """The answer; nothing in it is personal, and nothing says what the paper is about."""
    answer = check_code(read(), code)
    return render(
        "pages/verify/verdict.html",
        status=200 if facts_shown(answer) else 404,
        answer=answer,
        facts=facts_shown(answer),
        signatures=signatures_shown(answer),
        spaced=in_fours(answer.code),
    )
