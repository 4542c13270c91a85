"""What comes back to the papers beside slips: a unit's answer, one keyed in, and that an answer does not do."""

from flask import Response, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import paper_replies
from portal.store.extension import read
from portal.store.queries.slip_papers import paper_page
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.htmx import render
from portal.web.slips.blueprint import bp
from portal.web.slips.slip_paper_forms import PaperReplyForm, PoorReplyForm, ReplyForm


@bp.route("/papers/<int:paper_id>/reply", methods=["GET", "POST"])
@allow(Role.UNIT, Role.OFFICE, Role.SUPERVISOR)
def reply_to_paper(paper_id: int) -> Response:
    """Answer a paper of one's own unit, or key in the answer a unit gave on paper."""
    page = paper_page(read(), me(), paper_id)
    form = ReplyForm() if me().role is Role.UNIT else PaperReplyForm(data={"on": clock.today()})
    answer = attempt(
        form,
        lambda session: paper_replies.answer_paper(session, paper_id, form.reply(), actor=me(), now=clock.now()),
        done=f"已回复 {page.row.number}。" if me().role is Role.UNIT else f"已登记 {page.row.number} 的回复。",
        onward=url_for("slips.show_paper", paper_id=paper_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/slips/paper_reply.html", "fragments/slips/_paper_reply_form.html", status=answer, paper=page.row,
        form=form,
    )  # fmt: skip


@bp.route("/papers/<int:paper_id>/poor", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.SUPERVISOR)
def poor_reply(paper_id: int) -> Response:
    """Find that an answer does not do, so that the next step may follow."""
    page, form = paper_page(read(), me(), paper_id), PoorReplyForm()
    answer = attempt(
        form,
        lambda session: paper_replies.find_reply_poor(
            session, paper_id, form.why.data or "", actor=me(), now=clock.now()
        ),
        done="已认定回复不到位，并已通知收文单位。",
        onward=url_for("slips.show_paper", paper_id=paper_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/slips/poor_reply.html", "fragments/slips/_poor_reply_form.html", status=answer, paper=page.row,
        reply=page.reply, form=form,
    )  # fmt: skip
