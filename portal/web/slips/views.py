"""The list of slips, one slip, and its papers; importing this module also declares what can be done (acts)."""

from collections.abc import Sequence
from io import BytesIO

from flask import Response, current_app, make_response, send_file
from markupsafe import Markup

from portal import clock
from portal.documents.assignment_slip import assignment_slip, assignment_slips
from portal.documents.sheets import AssignmentSlipSheet
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.people import Action, Role, must
from portal.domain.signing import NUMBERED_STATES
from portal.jobs.keeping import keeping_of
from portal.services.keeping import Keeping
from portal.services.kept_papers import kept_paper, paper_to_show
from portal.services.slip_sheets import print_papers
from portal.store.extension import read, write
from portal.store.queries.people import leader_rows, unit_rows
from portal.store.queries.slip_pages import slip_page
from portal.store.queries.slip_records import UNSEEN
from portal.store.queries.slips import all_slip_rows, paper_slips
from portal.store.queries.visibility import sees_the_visitor
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_text
from portal.web.downloads import xlsx
from portal.web.filters import short_date
from portal.web.htmx import render
from portal.web.office import portal_address
from portal.web.slips import (
    acts,
    archiving,
    batches,
    day_drafting,
    drafting,
    hand_filled_forms,
    linked,
    making_papers,
    mandates,
    numbers,
    one_slip_paper,
    paper_receipts,
    paper_replies,
    receipts,
    scans,
    signing,
    slip_papers,
    unit_receipts,
)
from portal.web.slips.blueprint import BUSINESS, EVERYTHING_ON_PAPER, bp
from portal.web.slips.lists import asked_slips, shown_list
from portal.web.slips.showing import shown

__all__ = [
    "archiving",
    "batches",
    "bp",
    "day_drafting",
    "hand_filled_forms",
    "linked",
    "making_papers",
    "mandates",
    "numbers",
    "one_slip_paper",
    "paper_receipts",
    "paper_replies",
    "receipts",
    "scans",
    "signing",
    "slip_papers",
    "unit_receipts",
]


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """Where every slip stands."""
    return shown_list()


@bp.get("/list.xlsx")
@allow(*BUSINESS)
def spreadsheet() -> Response:
    """The same list to save, in the order of the numbers."""
    columns = [Column("编号", 20), Column("接待日", 16), Column("企业", 32), Column("事项", 44), Column("件数", 6)]
    columns += [Column("接待领导", 10), Column("签批领导", 10), Column("牵头领导", 10), Column("牵头单位", 24)]
    columns += [Column("时限", 16), Column("状态", 10)]
    rows = (
        (
            it.number or "草稿",
            it.day,
            it.enterprise,
            it.title,
            it.matters,
            it.receiver,
            it.signer,
            it.lead_official,
            it.lead_unit,
            it.due_on,
            it.state.label,
        )
        for it in all_slip_rows(read(), me(), asked_slips())
    )
    return xlsx("交办单", columns, rows, today=clock.today())


@bp.get("/<int:slip_id>")
@allow(*BUSINESS)
def show(slip_id: int) -> Response:
    """One slip: where it stands, what it says, who has signed for it, what can be done now."""
    slip = slip_page(read(), me(), slip_id)
    return (
        drafting.draft_to_fill_in(slip)
        or acts.form_to_fill_in(slip)
        or shown(slip, onward=signing.next_to_sign(slip_id))
    )


@bp.get("/<int:slip_id>.pdf")
@allow(*BUSINESS)
def paper(slip_id: int) -> Response:
    """The slip as PDF, the telephone number masked."""
    found = _to_print(slip_id)
    if asked_text("full") == "1":
        return _before_the_full_paper(slip_id)
    kept = paper_to_show(_keeping(), slip_id, actor=me(), now=clock.now())
    if kept is not None:
        return _pdf(kept.pdf, kept.name)
    (sheet,) = print_papers(read(), found, address=portal_address(), actor=me(), now=clock.now())
    return _pdf(assignment_slip(sheet), _file_name(sheet, slip_id))


@bp.get("/<int:slip_id>/versions/<int:version>.pdf")
@allow(*BUSINESS)
def kept_version(slip_id: int, version: int) -> Response:
    """The kept paper of one version, also of one that holds no more; the file as it was signed."""
    _to_print(slip_id)
    if not sees_the_visitor(me()):
        raise NotAllowed("存档件印有来访人姓名，您的身份只能打印隐去姓名的副本。")
    data = kept_paper(_keeping(), slip_id, version)
    slip = slip_page(read(), me(), slip_id)
    return _pdf(data, f"{slip.number} 第{version}版.pdf")


@bp.post("/<int:slip_id>.pdf")
@allow(*EVERYTHING_ON_PAPER)
def full_paper(slip_id: int) -> Response:
    """The slip as PDF with the telephone number in full; who printed it is written down before it is printed."""
    found = _to_print(slip_id)
    (sheet,) = write(
        lambda session: print_papers(session, found, address=portal_address(), actor=me(), now=clock.now(), full=True)
    )
    return _pdf(assignment_slip(sheet), _file_name(sheet, slip_id))


@bp.get("/print")
@allow(*BUSINESS)
def print_day() -> Response:
    """All numbered slips of a reception day as one PDF, in the order of their numbers; void ones are left out."""
    day = asked_day("day")
    if day is None:
        raise NotFound("请写明要打印哪一个接待日的交办单，例如 /slips/print?day=2026-12-15。")
    found = paper_slips(read(), me(), day=day, states=NUMBERED_STATES)
    if not found:
        raise NotFound(f"{short_date(day)}没有已编号的交办单可以打印。草拟的单请先编号。")
    sheets = print_papers(read(), found, address=portal_address(), actor=me(), now=clock.now())
    return _pdf(assignment_slips(sheets), f"{day:%Y年%m月%d日}交办单（{len(found)}份）.pdf")


@bp.get("/options/leaders")
@allow(Role.OFFICE, Role.LEADER)
def leader_options() -> Response:
    """Leaders in office by name or pinyin initials, for a choice among many."""
    wanted = asked_text("q").lower()
    found = leader_rows(read(), clock.today())
    return _options([(it.id, it.titled) for it in found if wanted in it.initials or wanted in it.titled])


@bp.get("/options/units")
@allow(Role.OFFICE, Role.LEADER)
def unit_options() -> Response:
    """Units by name or pinyin initials, for a choice among many."""
    wanted = asked_text("q").lower()
    found = unit_rows(read())
    return _options([(it.id, it.name) for it in found if wanted in it.initials or wanted in it.name + it.short_name])


def _options(found: Sequence[tuple[int, str]]) -> Response:
    """Bare option lines: htmx puts them into the select."""
    lines = [Markup('<option value="{}">{}</option>').format(value, text) for value, text in [("", "请选择"), *found]]
    return make_response(Markup("\n").join(lines))


def _to_print(slip_id: int) -> Sequence[int]:
    found = paper_slips(read(), me(), slip_id=slip_id)
    if not found:
        raise NotFound(UNSEEN)
    return found


def _before_the_full_paper(slip_id: int) -> Response:
    """Opening an address writes nothing, so the full paper takes a press of a button."""
    must(me(), Action.SEE_PERSONAL_DATA)
    return render("pages/slips/full_paper.html", slip=slip_page(read(), me(), slip_id))


def _file_name(sheet: AssignmentSlipSheet, slip_id: int) -> str:
    return f"{sheet.number or f'交办单草稿-{slip_id}'}.pdf"


def _keeping() -> Keeping:
    return keeping_of(current_app.config["SETTINGS"])


def _pdf(data: bytes, name: str) -> Response:
    return send_file(BytesIO(data), mimetype="application/pdf", download_name=name)
