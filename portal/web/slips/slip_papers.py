"""The papers that go with a slip: made, listed, printed again, made void; the forms of a slip to fill in by hand."""

from base64 import b64encode
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from flask import Response, current_app, flash, request, send_file, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.config import Settings
from portal.documents.companion_papers import companion_paper, companion_papers
from portal.documents.companion_sheets import SHEETS
from portal.documents.paper_pictures import page_pictures
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import ALLOWED, Actor, Role, must
from portal.domain.signing import ISSUED_STATES
from portal.domain.slip_papers import FORMS, ORDERS, PaperOrder, may_make, may_print_forms, may_void
from portal.domain.urging import URGING_KINDS, repeated
from portal.services import slip_papers
from portal.services.companion_sheets import blank_sheet, form_sheet
from portal.services.urging import urged
from portal.store.extension import read
from portal.store.queries.people import unit_rows
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.store.queries.slip_papers import (
    PAPER_SORTS,
    PaperFilter,
    PaperRow,
    all_paper_rows,
    paper_page,
    paper_rows,
    papers_of_slip,
)
from portal.web.access import allow, me
from portal.web.acting import OK, attempt, tried
from portal.web.asked import asked_number, asked_text, asked_word
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import pdf, xlsx
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import TimeLeft, time_left
from portal.web.office import rules
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.slip_paper_forms import PaperForm, VoidPaperForm, paper_form, unit_choices

HANDLING = (Role.OFFICE, Role.UNIT, Role.SUPERVISOR)
MAKERS = (Role.OFFICE, Role.SUPERVISOR)
PREVIEW = "preview"
QUICK_DAYS = (3, 5, 10, 15)
WORDS = ("kind", "colour", "unit", "late", "reply", "q")


@dataclass(frozen=True, slots=True)
class PaperOffer:
    """A paper somebody could make: where, or why not."""

    label: str
    url: str = ""
    reason: str = ""


@bp.get("/papers")
@allow(*BUSINESS)
def papers() -> Response:
    """Every numbered paper that went with a slip."""
    asked, actor = _asked(), me()
    page = Listing(paper_rows(read(), actor, asked, wanted_page(PAPER_SORTS, default="newest", descending=True)))
    return render(
        "pages/slips/papers.html",
        "fragments/slips/_paper_list.html",
        page=page,
        asked=asked,
        late=asked.late_on is not None,
        unanswered=asked.unanswered,
        kinds=[(kind.value, kind.label) for kind in ORDERS],
        colours=[(it.value, it.label) for it in UrgingColour],
        units=[] if actor.role is Role.UNIT else [(it.id, it.short_name) for it in unit_rows(read())],
        left_of=_left_of,
        export_url=address("slips.papers_spreadsheet", _spelled()),
        blanks=[(kind.label, url_for("slips.blank_form", kind=kind.value)) for kind in SHEETS]
        if may_print_forms(actor)
        else [],
    )


@bp.get("/papers.xlsx")
@allow(*BUSINESS)
def papers_spreadsheet() -> Response:
    """The same list to save."""
    columns = [
        Column("种类", 12),
        Column("颜色", 8),
        Column("编号", 22),
        Column("所涉交办单", 22),
        Column("发给单位", 28),
    ]
    columns += [
        Column("回复时限", 16),
        Column("制发", 12),
        Column("制发时间", 18),
        Column("状态", 10),
        Column("作废原因", 30),
        Column("回复", 12),
        Column("回复时间", 18),
        Column("承诺办结", 16),
        Column("回复不到位的原因", 30),
    ]
    rows = (
        (
            it.kind.label,
            it.colour.label if it.colour else "",
            it.number,
            it.slip_number,
            it.unit,
            it.reply_by,
            it.made_by,
            it.made_at,
            "作废" if it.void_at else "有效",
            it.void_reason,
            it.reply or ("未回复" if it.runs and it.reply_by else ""),
            it.replied_at,
            it.promised_on,
            it.poor_why,
        )
        for it in all_paper_rows(read(), me(), _asked())
    )
    return xlsx("随单文书", columns, rows, today=clock.today())


@bp.get("/papers/print")
@allow(*BUSINESS)
def print_chosen_papers() -> Response:
    """The papers that were ticked as one PDF, in the order of the list."""
    chosen = [int(it) for it in request.args.getlist("paper") if it.isdigit()]
    if not chosen:
        raise RuleBroken("请先勾选要打印的文书。")
    sheets = slip_papers.kept_sheets(read(), chosen, address=_address(), actor=me())
    return pdf(companion_papers(sheets), f"随单文书（{len(sheets)}份）.pdf")


@bp.route("/<int:slip_id>/papers/new", methods=["GET", "POST"])
@allow(*MAKERS)
def new_paper(slip_id: int) -> Response:
    """Make a paper to a unit: proposed in the office's words, looked at as printed, then numbered."""
    kind, slip, actor = _kind(asked_text("kind") or PaperKind.REMINDER), slip_page(read(), me(), slip_id), me()
    if kind not in ORDERS:
        raise NotFound(f"{kind.label}没有自己的编号，请在交办单页面直接打印表格。")
    must(actor, ORDERS[kind])
    form, fresh, refusal = _form(slip, kind)
    if request.method != "POST" or refusal is not None:
        return _new_page(slip, kind, form, status=409 if refusal else 200, refusal=refusal)
    order = form.order(kind, fresh)
    if not form.validate_on_submit():
        return _new_page(slip, kind, form, status=422)
    form.show(order, fresh)
    if request.form.get("then") == PREVIEW:
        return _previewed(slip, kind, form, order)
    made: list[tuple[int, str]] = []

    def act(session: Session) -> None:
        paper = slip_papers.make_paper(session, slip_id, order, actor=actor, now=clock.now())
        made[:] = [(paper.id, paper.number or "")]

    status = tried(form, act)
    if status != OK:
        return _new_page(slip, kind, form, status=status)
    flash(f"已制发 {made[0][1]}，并已通知收文单位。", "success")
    return go(url_for("slips.show_paper", paper_id=made[0][0]))


@bp.get("/papers/<int:paper_id>")
@allow(*BUSINESS)
def show_paper(paper_id: int) -> Response:
    """One paper: to whom, answered until when, as it is printed."""
    page = paper_page(read(), me(), paper_id)
    return render(
        "pages/slips/slip_paper.html",
        paper=page.row,
        page=page,
        left=_left_of(page.row),
        voids=may_void(me(), page.row.kind),
        replies=_may_reply(page.row),
        judges=may_make(me(), page.row.kind) and page.reply is not None and not page.reply.poor_why,
    )


@bp.get("/papers/<int:paper_id>.pdf")
@allow(*BUSINESS)
def paper_file(paper_id: int) -> Response:
    """The paper as PDF, the same content for ever."""
    (sheet,) = slip_papers.kept_sheets(read(), [paper_id], address=_address(), actor=me())
    return pdf(companion_paper(sheet), f"{sheet.number}.pdf")


@bp.get("/papers/<int:paper_id>.png")
@allow(*BUSINESS)
def paper_picture(paper_id: int) -> Response:
    """The paper's first page as a picture for its page."""
    (sheet,) = slip_papers.kept_sheets(read(), [paper_id], address=_address(), actor=me())
    return send_file(BytesIO(page_pictures(companion_paper(sheet), most=1)[0]), mimetype="image/png")


@bp.route("/papers/<int:paper_id>/void", methods=["GET", "POST"])
@allow(*MAKERS)
def void_paper(paper_id: int) -> Response:
    """Make a paper void, after saying what that means."""
    page, form = paper_page(read(), me(), paper_id), VoidPaperForm()
    must(me(), ORDERS[page.row.kind])
    answer = attempt(
        form,
        lambda session: slip_papers.void_paper(session, paper_id, form.reason.data or "", actor=me(), now=clock.now()),
        done=f"{page.row.number}已作废，编号保留。",
        onward=url_for("slips.show_paper", paper_id=paper_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/slips/void_paper.html",
        "fragments/slips/_void_paper_form.html",
        status=answer,
        paper=page.row,
        form=form,
    )


@bp.get("/<int:slip_id>/forms/<kind>.pdf")
@allow(*HANDLING)
def form_paper(slip_id: int, kind: str) -> Response:
    """A form that goes with a slip, with what is known of it, to fill in by hand."""
    found = _kind(kind)
    if found not in FORMS:
        raise NotFound(f"{found.label}不是随单填写的表格。")
    sheet = form_sheet(read(), slip_id, found, asked_number("unit"), actor=me(), now=clock.now())
    return pdf(companion_paper(sheet), f"{found.label}（{sheet.slip_number}）.pdf")


@bp.get("/papers/blank/<kind>.pdf")
@allow(*HANDLING)
def blank_form(kind: str) -> Response:
    """A paper that belongs to no slip yet, to fill in by hand."""
    found = _kind(kind)
    if found not in SHEETS:
        raise NotFound(f"{found.label}没有空白表格。")
    return pdf(companion_paper(blank_sheet(read(), found, actor=me())), f"{found.label}（空白）.pdf")


def papers_on(slip: SlipPage) -> dict[str, Any]:
    """What the slip's page shows of its papers: those there are, those one could make, the forms one could print."""
    actor = me()
    if slip.issued_at is None:
        return {"papers": [], "paper_offers": [], "paper_forms": []}
    return {
        "papers": papers_of_slip(read(), actor, slip.id),
        "paper_offers": _offers(slip, actor),
        "paper_forms": [(kind.label, url_for("slips.form_paper", slip_id=slip.id, kind=kind.value)) for kind in FORMS]
        if may_print_forms(actor) and slip.state in ISSUED_STATES
        else [],
        "left_of": _left_of,
    }


def _offers(slip: SlipPage, actor: Actor) -> list[PaperOffer]:
    if actor.role not in MAKERS or slip.state not in ISSUED_STATES:
        return []
    return [
        PaperOffer(f"制发{kind.label}", url_for("slips.new_paper", slip_id=slip.id, kind=kind.value))
        if may_make(actor, kind)
        else PaperOffer(f"制发{kind.label}", reason=f"{kind.label}由{_makers_of(kind)}制发。")
        for kind in ORDERS
    ]


def _makers_of(kind: PaperKind) -> str:
    return "或".join(role.label for role in Role if role in ALLOWED[ORDERS[kind]])


def _form(slip: SlipPage, kind: PaperKind) -> tuple[PaperForm, PaperOrder | None, RuleBroken | None]:
    """The form of a paper with what is proposed for what is chosen so far; or why there can be none."""
    form, now = paper_form(kind), clock.now()
    form.offer(
        unit_choices(unit_rows(read())) if kind is PaperKind.TRANSFER else [(it.id, it.name) for it in slip.units]
    )
    posted = request.method == "POST"
    try:
        fresh = slip_papers.proposed_order(
            read(),
            slip.id,
            kind,
            colour=form.chosen_colour(),
            unit_id=form.unit_id.data if posted else asked_number("unit"),
            reply_by=form.reply_by.data if posted else None,
            actor=me(),
            now=now,
        )
    except RuleBroken as refusal:
        if refusal.field == "state":
            form.refuse(refusal)
            return form, None, refusal
        return form, None, None
    if not posted:
        form.unit_id.data, form.reply_by.data = fresh.unit_id, fresh.reply_by
        form.show(fresh, fresh)
    return form, fresh, None


def _previewed(slip: SlipPage, kind: PaperKind, form: PaperForm, order: PaperOrder) -> Response:
    try:
        sheet = slip_papers.rehearsed(read(), slip.id, order, actor=me(), now=clock.now())
        pictures = page_pictures(companion_paper(sheet))
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _new_page(slip, kind, form, status=status_of(refusal))
    shown = [f"data:image/png;base64,{b64encode(it).decode()}" for it in pictures]
    return _new_page(slip, kind, form, pictures=shown)


def _new_page(slip: SlipPage, kind: PaperKind, form: PaperForm, *, status: int = 200, **more: Any) -> Response:
    calendar, today = working_calendar_now(), clock.today()
    return render(
        "pages/slips/new_paper.html",
        "fragments/slips/_new_paper_form.html",
        status=status,
        slip=slip,
        kind=kind,
        form=form,
        quick_days=[(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS],
        calendar_warning=calendar_warning([form.reply_by.data], "回复时限"),
        left=time_left(slip.due_on, runs=slip.state in ISSUED_STATES),
        earlier=papers_of_slip(read(), me(), slip.id),
        too_soon=_too_soon(slip, kind, form),
        **more,
    )


def _too_soon(slip: SlipPage, kind: PaperKind, form: PaperForm) -> str:
    """Said before anything is typed: who urged the chosen unit last, and when the next is possible."""
    place = (slip.id, form.unit_id.data or 0)
    if kind not in URGING_KINDS:
        return ""
    earlier = urged(read(), [place])[place]
    return repeated(earlier, rules().urge_every_days, working_calendar_now(), clock.today())


def _may_reply(row: PaperRow) -> bool:
    """Whether this reader may put an answer on record: the unit its own, the office and whoever sent it one on paper."""
    actor = me()
    own = actor.role is Role.UNIT and actor.unit_id == row.unit_id
    return (
        row.replied_at is None
        and row.void_at is None
        and (own or actor.role is Role.OFFICE or may_make(actor, row.kind))
    )


def _left_of(row: PaperRow) -> TimeLeft | None:
    """How much time is left for the answer; None when none is waited for."""
    left = time_left(row.reply_by, runs=row.runs)
    return replace(left, label=f"回复{left.label}") if left else None


def _kind(word: str) -> PaperKind:
    try:
        return PaperKind(word)
    except ValueError:
        raise NotFound("没有这种文书。请从交办单页面的“随单文书”里选择。") from None


def _asked() -> PaperFilter:
    return PaperFilter(
        kind=asked_word(PaperKind, "kind"),
        colour=asked_word(UrgingColour, "colour"),
        unit_id=asked_number("unit"),
        late_on=clock.today() if asked_text("late") == "1" else None,
        unanswered=asked_text("reply") == "waiting",
        words=asked_text("q"),
    )


def _spelled() -> dict[str, str]:
    return {name: asked_text(name) for name in WORDS if asked_text(name)}


def _address() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.address
