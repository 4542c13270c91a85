"""The papers that go with slips: listed, saved, printed together."""

from flask import Response, request, url_for

from portal import clock
from portal.documents.companion_papers import companion_papers
from portal.documents.companion_sheets import SHEETS
from portal.documents.spreadsheets import Column
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.slip_papers import ORDERS, may_print_forms
from portal.services import slip_papers
from portal.store.extension import read
from portal.store.queries.slip_papers import PAPER_SORTS, PaperFilter, all_paper_rows, paper_rows
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_number, asked_text, asked_word
from portal.web.converters import number_in
from portal.web.downloads import pdf, xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.office import portal_address
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.papers_beside import left_of

WORDS = ("kind", "colour", "unit", "late", "reply", "q")


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
        units=unit_choices(),
        left_of=left_of,
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
    chosen = [it for it in map(number_in, request.args.getlist("paper")) if it is not None]
    if not chosen:
        raise RuleBroken("请先勾选要打印的文书。")
    sheets = slip_papers.kept_sheets(read(), chosen, address=portal_address(), actor=me())
    return pdf(companion_papers(sheets), f"随单文书（{len(sheets)}份）.pdf")


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
    return asked_again(WORDS)
