"""Matters taken to the level above: the list, one with its answer, the whole file as paper."""

from flask import Response, url_for

from portal import clock
from portal.documents.escalation_file import escalation_file
from portal.domain.people import Role
from portal.services import escalations as acts
from portal.services.escalation_files import sheet_of_escalation
from portal.store.extension import read
from portal.store.queries.escalations import EscalationRow, escalation_row, escalation_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.chasing.blueprint import TAKEN_UP, bp
from portal.web.chasing.forms import AnswerForm, KeyedAnswerForm
from portal.web.downloads import pdf
from portal.web.htmx import render
from portal.web.matters.due import MATTER_TONES, TimeLeft, time_left


@bp.get("/escalations")
@allow(*TAKEN_UP)
def escalations() -> Response:
    """What was taken to the level above; a leader sees what came to him or her."""
    return render(
        "pages/chasing/escalations.html",
        waiting=escalation_rows(read(), me(), answered=False),
        answered=escalation_rows(read(), me(), answered=True),
        left_of=_left_of,
        own=me().role in (Role.LEADER, Role.SECRETARY),
    )


@bp.route("/escalations/<int:escalation_id>", methods=["GET", "POST"])
@allow(*TAKEN_UP)
def escalation(escalation_id: int) -> Response:
    """One matter taken up, its whole file, and the answer: the leader's own, or keyed in."""
    row = escalation_row(read(), me(), escalation_id)
    own = me().role is Role.LEADER and row.leader_id in me().leader_ids
    form = AnswerForm() if own else KeyedAnswerForm()
    answer = attempt(
        form,
        lambda session: acts.answer_escalation(
            session, escalation_id, form.answer.data or "", by=_by(form), actor=me(), now=clock.now()
        ),
        done="已记录答复，并已通知报送方和牵头单位。",
        onward=url_for("chasing.escalation", escalation_id=escalation_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/chasing/escalation.html",
        "fragments/chasing/_answer_form.html",
        status=answer,
        row=row,
        form=form,
        left=_left_of(row),
        answers=row.answered_at is None and (own or me().role in (Role.OFFICE, Role.SUPERVISOR)),
        tones=MATTER_TONES,
    )


@bp.get("/escalations/<int:escalation_id>.pdf")
@allow(*TAKEN_UP)
def escalation_paper(escalation_id: int) -> Response:
    """The whole file as it stands now, personal data masked."""
    sheet = sheet_of_escalation(read(), escalation_id, actor=me(), now=clock.now())
    return pdf(escalation_file(sheet), f"上报材料（{sheet.number}）.pdf")


def _by(form: AnswerForm) -> str:
    return form.by.data or "" if isinstance(form, KeyedAnswerForm) else ""


def _left_of(row: EscalationRow) -> TimeLeft | None:
    return time_left(row.answer_by, runs=row.answered_at is None)
