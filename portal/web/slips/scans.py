"""Scans of slips signed by hand: attached one by one or as a pile, looked at, struck."""

from collections.abc import Sequence
from contextlib import closing
from io import BytesIO

from flask import Response, flash, make_response, request, send_file, session, url_for

from portal import clock
from portal.documents.scans import picture_of
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Role
from portal.services import slip_scans
from portal.services.slip_scans import KeptScan, Outcome
from portal.services.uploads import MEGABYTE
from portal.store.audit_trail import Target
from portal.store.extension import read, write
from portal.store.queries.signatures import ScanRow, scans_on
from portal.store.queries.slip_pages import slip_page
from portal.store.queries.slips import slip_id_of_number
from portal.store.queries.visibility import sees_the_visitor
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_text
from portal.web.downloads import original
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.scan_forms import MatchForm, PileForm, ScanForm, StrikeForm
from portal.web.slips.scanning import scans_folder, taken_scan
from portal.web.slips.showing import shown

SCAN_FORM = "fragments/slips/_scan_form.html"
DONE = 0
BRACKETS = str.maketrans("[]［］()（）", "〔〕〔〕〔〕〔〕")
"""As numbers are written on papers, however somebody types them."""
MOST_FILES = 20
PILE_MEGABYTES = 60
"""A hundred pages in grey at 200 dpi; a single slip may be as large as any other upload."""


@bp.url_value_preprocessor
def let_a_pile_in(endpoint: str | None, values: object) -> None:
    """A pile is larger than other forms: a signed-in person may send more here."""
    if endpoint == "slips.scans" and request.method == "POST" and "_user_id" in session:
        request.max_content_length = (PILE_MEGABYTES + 1) * MEGABYTE


@bp.route("/<int:slip_id>/scan", methods=["GET", "POST"])
@allow(Role.OFFICE)
def scan(slip_id: int) -> Response:
    """Attach the scan of this slip."""
    slip, form = slip_page(read(), me(), slip_id), ScanForm()
    status = 200 if request.method == "GET" else _attach(slip_id, form)
    if status == DONE:
        flash(f"已附 {slip.number} 的签批扫描件。", "success")
        return go(url_for("slips.show", slip_id=slip_id))
    return shown(slip, SCAN_FORM, form=form, status=status, megabytes=rules().upload_megabytes)


def _attach(slip_id: int, form: ScanForm) -> int:
    """Read the scan, which takes a while, and only then write; answers DONE, or the status with which to show the form."""
    if not form.validate_on_submit():
        return 422
    try:
        taken = taken_scan(form)
        _attach_kept(slip_id, taken, form.reason.data or "")
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return DONE


def _attach_kept(slip_id: int, kept: KeptScan | None, reason: str) -> None:
    if kept is None:
        raise RuleBroken("请选择扫描件。", field="scan")
    write(lambda records: slip_scans.attach_scan(records, slip_id, kept, reason, actor=me(), now=clock.now()))


@bp.route("/scans", methods=["GET", "POST"])
@allow(Role.OFFICE)
def scans() -> Response:
    """A pile of scans: put to their slips by the codes on them, the rest kept aside for a match by hand."""
    form, outcomes, problems = PileForm(), list[Outcome](), list[str]()
    if request.method == "POST":
        taken, problems = _taken()
        if taken:
            outcomes = write(lambda records: slip_scans.attach_pile(records, taken, actor=me(), now=clock.now()))
    return _pile(form, outcomes, problems, status=422 if problems and not outcomes else 200)


@bp.post("/scans/match")
@allow(Role.OFFICE)
def match_scan() -> Response:
    """Put a scan that was kept aside to the slip with this number."""
    form = MatchForm()
    if form.validate_on_submit():
        try:
            number = _match(form)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            flash(f"已附 {number} 的签批扫描件。", "success")
            left = [it for it in _aside() if it != form.sha256.data]
            return go(url_for("slips.scans", aside=".".join(left) or None))
    return _pile(PileForm(), [], [], status=422, match=form)


def _match(form: MatchForm) -> str:
    number = (form.number.data or "").replace(" ", "").translate(BRACKETS)
    slip_id = slip_id_of_number(read(), me(), number)
    if slip_id is None:
        raise RuleBroken("没有这个编号的交办单，请核对，例如“民接交〔2026〕5号”。", field="number")
    kept = slip_scans.kept_before(scans_folder(), form.sha256.data or "", form.name.data or "")
    if kept is None:
        raise RuleBroken("这份扫描件已不在服务器上，请重新上传。", field="number")
    _attach_kept(slip_id, kept, form.reason.data or "")
    return number


@bp.get("/scans/aside/<sha256>.jpg")
@allow(Role.OFFICE)
def aside_picture(sha256: str) -> Response:
    """A small picture of a scan that was kept aside."""
    kept = slip_scans.kept_bytes(scans_folder(), sha256)
    return _picture(kept, sha256)


@bp.get("/<int:slip_id>/scans/<int:scan_id>")
@allow(*BUSINESS)
def scan_file(slip_id: int, scan_id: int) -> Response:
    """A scan as it was handed in."""
    row = _row(slip_id, scan_id)
    data = slip_scans.scan_bytes(scans_folder(), row)
    what = f"{slip_page(read(), me(), slip_id).number or '交办单'}的签批扫描件"
    return original(BytesIO(data), row.name, row.media_type, Target("slip_scan", scan_id), what)


@bp.get("/<int:slip_id>/scans/<int:scan_id>/small.jpg")
@allow(*BUSINESS)
def scan_picture(slip_id: int, scan_id: int) -> Response:
    """The first page of a scan, small."""
    row = _row(slip_id, scan_id)
    if row.sha256 in request.if_none_match:
        return _with_tag(make_response("", 304), row.sha256)
    return _picture(slip_scans.scan_bytes(scans_folder(), row), row.sha256)


@bp.route("/<int:slip_id>/scans/<int:scan_id>/strike", methods=["GET", "POST"])
@allow(Role.OFFICE)
def strike_scan(slip_id: int, scan_id: int) -> Response:
    """Strike a scan that was attached wrongly."""
    slip, row, form = slip_page(read(), me(), slip_id), _row(slip_id, scan_id), StrikeForm()
    answer = attempt(
        form,
        lambda records: slip_scans.strike_scan(
            records, slip_id, scan_id, form.reason.data or "", actor=me(), now=clock.now()
        ),
        done="已撤下扫描件。",
        onward=url_for("slips.show", slip_id=slip_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/slips/strike_scan.html",
        "fragments/slips/_strike_scan_form.html",
        status=answer,
        slip=slip,
        scan=row,
        form=form,
    )


def _taken() -> tuple[list[KeptScan], list[str]]:
    """The papers of a pile that can be kept, and what is wrong with the other files."""
    taken, problems = list[KeptScan](), list[str]()
    files = [it for it in request.files.getlist("scans") if it.filename]
    if len(files) > MOST_FILES:
        problems.append(f"一次最多 {MOST_FILES} 份，后面 {len(files) - MOST_FILES} 份没有处理，请再传。")
    for file in files[:MOST_FILES]:
        name = file.filename or ""
        try:
            with closing(file):
                taken += slip_scans.take_in_pile(scans_folder(), name, file.stream, megabytes=PILE_MEGABYTES)
        except RuleBroken as refusal:
            problems.append(refusal.message)
    return taken, problems or ([] if files else ["请先选择扫描件，可以一次选多份。"])


def _pile(
    form: PileForm,
    outcomes: Sequence[Outcome],
    problems: Sequence[str],
    *,
    status: int,
    match: MatchForm | None = None,
) -> Response:
    unread = {it.scan.sha256: it.scan.name for it in outcomes if it.slip_id is None}
    aside = unread or dict.fromkeys(_aside(), "")
    matches = [_match_form(sha256, name, match) for sha256, name in aside.items()]
    return render(
        "pages/slips/scans.html",
        status=status,
        form=form,
        outcomes=outcomes,
        problems=problems,
        matches=matches,
        aside=".".join(aside),
        attached=[it for it in outcomes if it.slip_id is not None and not it.refused],
        megabytes=PILE_MEGABYTES,
    )


def _match_form(sha256: str, name: str, tried: MatchForm | None) -> MatchForm:
    if tried is not None and tried.sha256.data == sha256:
        return tried
    return MatchForm(formdata=None, data={"sha256": sha256, "name": name}, prefix="")


def _aside() -> list[str]:
    """The scans kept aside, named in the address."""
    return [it for it in asked_text("aside").split(".") if slip_scans.is_checksum(it)][:MOST_FILES]


def _row(slip_id: int, scan_id: int) -> ScanRow:
    """A scan of a slip the person may see, if he or she may see all that is on it. Raises NotFound, NotAllowed."""
    slip_page(read(), me(), slip_id)
    if not sees_the_visitor(me()):
        raise NotAllowed("签批原件上有来访人姓名和联系电话，您的身份不能查看。签批情况见交办单页面。")
    row = next((it for it in scans_on(read(), slip_id) if it.id == scan_id), None)
    if row is None:
        raise NotFound("没有找到这份扫描件。")
    return row


def _picture(data: bytes, tag: str) -> Response:
    return _with_tag(send_file(BytesIO(picture_of(data)), mimetype="image/jpeg"), tag)


def _with_tag(answer: Response, tag: str) -> Response:
    answer.set_etag(tag)
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    return answer
