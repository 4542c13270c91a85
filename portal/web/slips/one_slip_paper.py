"""One paper that went with a slip: shown, printed again, made void."""

from io import BytesIO

from flask import Response, send_file, url_for

from portal import clock
from portal.documents.companion_papers import companion_paper
from portal.documents.paper_pictures import page_pictures
from portal.domain.people import Role, must
from portal.domain.slip_papers import ORDERS, may_make, may_void
from portal.services import slip_papers
from portal.store.extension import read
from portal.store.queries.slip_papers import PaperRow, paper_page
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.downloads import pdf
from portal.web.htmx import render
from portal.web.office import portal_address
from portal.web.slips.blueprint import BUSINESS, bp
from portal.web.slips.papers_beside import MAKERS, left_of
from portal.web.slips.slip_paper_forms import VoidPaperForm


@bp.get("/papers/<int:paper_id>")
@allow(*BUSINESS)
def show_paper(paper_id: int) -> Response:
    """One paper: to whom, answered until when, as it is printed."""
    page = paper_page(read(), me(), paper_id)
    return render(
        "pages/slips/slip_paper.html",
        paper=page.row,
        page=page,
        left=left_of(page.row),
        voids=may_void(me(), page.row.kind),
        replies=_may_reply(page.row),
        judges=may_make(me(), page.row.kind) and page.reply is not None and not page.reply.poor_why,
    )


@bp.get("/papers/<int:paper_id>.pdf")
@allow(*BUSINESS)
def paper_file(paper_id: int) -> Response:
    """The paper as PDF, the same content for ever."""
    (sheet,) = slip_papers.kept_sheets(read(), [paper_id], address=portal_address(), actor=me())
    return pdf(companion_paper(sheet), f"{sheet.number}.pdf")


@bp.get("/papers/<int:paper_id>.png")
@allow(*BUSINESS)
def paper_picture(paper_id: int) -> Response:
    """The paper's first page as a picture for its page."""
    (sheet,) = slip_papers.kept_sheets(read(), [paper_id], address=portal_address(), actor=me())
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


def _may_reply(row: PaperRow) -> bool:
    """Whether this reader may put an answer on record: the unit its own, the office and whoever sent it one on paper."""
    actor = me()
    own = actor.role is Role.UNIT and actor.unit_id == row.unit_id
    return (
        row.replied_at is None
        and row.void_at is None
        and (own or actor.role is Role.OFFICE or may_make(actor, row.kind))
    )
