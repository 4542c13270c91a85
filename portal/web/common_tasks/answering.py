"""What a unit tells of a task once for all its matters, and the result of each with its own evidence."""

from collections.abc import Mapping, Sequence

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.matter_course import MatterAct, rule_of
from portal.domain.people import Role
from portal.services import common_tasks
from portal.services.uploads import AcceptedFile
from portal.store.extension import read
from portal.store.queries.common_tasks import JoinedMatter, TaskPage, task_page
from portal.web.access import allow, me
from portal.web.acting import OK, tried
from portal.web.common_tasks.blueprint import bp
from portal.web.common_tasks.forms import AnswersForm, WordForm, answers_form
from portal.web.common_tasks.papers import taken
from portal.web.htmx import go, render


@bp.route("/<int:task_id>/progress", methods=["GET", "POST"])
@allow(Role.UNIT)
def report(task_id: int) -> Response:
    """Tell something of all matters of the task the unit leads."""
    task = task_page(read(), me(), task_id)
    able, form, status = _own(task, MatterAct.REPORT), WordForm(), 200
    if request.method == "POST":
        valid, status = form.validate_on_submit(), 422
        files = taken(form, "files")  # after the check, which forgets what was said before
        if valid and not form.files.errors:
            status = tried(
                form,
                lambda session: common_tasks.report_on_task(
                    session, task_id, form.word(files), actor=me(), now=clock.now()
                ),
            )
        if status == OK:
            flash(f"已记到 {len(able)} 件诉求的办理过程。", "success")
            return go(url_for("common_tasks.show", task_id=task_id))
    return render(
        "pages/common_tasks/report.html",
        "fragments/common_tasks/_report_form.html",
        status=status,
        task=task,
        form=form,
        able=able,
    )


@bp.route("/<int:task_id>/results", methods=["GET", "POST"])
@allow(Role.UNIT)
def answer(task_id: int) -> Response:
    """Hand in the results of several matters, each in its own words and with its own evidence."""
    task = task_page(read(), me(), task_id)
    able, status = _own(task, MatterAct.PROPOSE), 200
    form = answers_form(able)
    if request.method == "POST":
        valid = form.validate_on_submit()
        files = {it.id: taken(form, f"files_{it.id}") for it in able}
        status = 422
        if valid and not any(field.errors for field in form):
            status = tried(form, lambda session: _hand_in(session, task_id, form, able, files))
        if status == OK:
            flash(f"已报送 {len(form.answered(able))} 件的办理结果，请单位负责人审签。", "success")
            return go(url_for("common_tasks.show", task_id=task_id))
    return render(
        "pages/common_tasks/answer.html",
        "fragments/common_tasks/_answer_form.html",
        status=status,
        task=task,
        form=form,
        able=able,
    )


def _hand_in(
    session: Session,
    task_id: int,
    form: AnswersForm,
    able: Sequence[JoinedMatter],
    files: Mapping[int, Sequence[AcceptedFile]],
) -> None:
    given = {it: form.given(it, files[it]) for it in form.answered(able)}
    common_tasks.answer_for_all(session, task_id, given, actor=me(), now=clock.now())


def _own(task: TaskPage, act: MatterAct) -> list[JoinedMatter]:
    """The matters of the task this unit leads and with which this can be done now."""
    return [it for it in task.matters if it.lead_unit_id == me().unit_id and it.state in rule_of(act).from_]
