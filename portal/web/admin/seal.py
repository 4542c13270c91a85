"""The organ's seal as it stands on kept papers: drawn by the portal, or the office's own picture."""

from flask import Response, current_app, request, send_file, url_for
from flask_wtf.file import FileField
from wtforms import BooleanField
from wtforms.validators import Optional

from portal import clock
from portal.config import Settings
from portal.documents.seal_preview import seal_picture
from portal.documents.signature_look import LARGEST_PICTURE, Seal, seal_must_be_a_picture
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.domain.signing_keys import ABOUT_CERTIFICATES
from portal.jobs.keeping import keeping_of
from portal.services.kept_papers import keep_file, seal_kept
from portal.services.signing_keys import set_seal
from portal.store.extension import read
from portal.store.queries.signing_keys import seal_picture_sha256
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.office import rules


class SealForm(PortalForm):
    """Another picture of the seal, or none."""

    picture = FileField(
        "印章图样", [Optional()], description="PNG（透明底最好）或简单的 SVG，不超过 2 MB，按原比例缩放。"
    )
    drawn = BooleanField("不用图样，由系统按单位名称绘制")


@bp.route("/seal", methods=["GET", "POST"])
@allow(Role.OFFICE)
def seal() -> Response:
    """What is set on a slip when it is issued, with a preview."""
    form, digest = SealForm(), None
    answer: Response | int = 200
    if request.method == "POST":
        try:
            digest = None if form.drawn.data else _taken_in()
        except RuleBroken as refusal:
            form.validate()
            form.refuse(refusal)
            answer = 422
        else:
            answer = attempt(
                form,
                lambda session: set_seal(session, digest, actor=me(), now=clock.now()),
                done="已改用系统绘制的印章。" if digest is None else "印章图样已保存，以后印发的单据用它。",
                onward=url_for("admin.seal"),
            )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/seal.html",
        "fragments/admin/_seal_form.html",
        status=answer,
        form=form,
        own=seal_picture_sha256(read()),
        organ=rules().issuing_organ,
        about=ABOUT_CERTIFICATES,
    )


@bp.get("/seal.png")
@allow(Role.OFFICE)
def seal_png() -> Response:
    """The seal as it is set today, to look at."""
    picture = seal_kept(keeping_of(_settings()), seal_picture_sha256(read()))
    seal = Seal(organ=rules().issuing_organ, picture=picture, is_sample=rules().sample)
    return send_file(seal_picture(seal, clock.now()), mimetype="image/png", max_age=0)


def _taken_in() -> str:
    """Keep the picture that was handed in, if it is one; its checksum."""
    file = request.files.get("picture")
    data = file.stream.read(LARGEST_PICTURE + 1) if file is not None and file.filename else b""
    if not data:
        raise RuleBroken("请选择图样，或勾选由系统绘制。", field="picture")
    try:
        seal_must_be_a_picture(data)
    except RuleBroken as refusal:
        raise RuleBroken(refusal.message, field="picture") from None
    digest, _ = keep_file(keeping_of(_settings()).seals, data)
    return digest


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
