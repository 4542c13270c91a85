"""Opening a study, changing it, concluding it, dropping it."""

from collections.abc import Callable

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.meetings import StudyState
from portal.domain.people import Role
from portal.services import studies
from portal.store.extension import read
from portal.store.queries.matter_choices import categories
from portal.store.queries.people import unit_rows
from portal.store.queries.studies import StudyPage, study_page
from portal.web.access import allow, me
from portal.web.acting import OK, attempt, tried
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.htmx import go, render
from portal.web.matters.acting import ActForm
from portal.web.matters.evidence import attempt_with_files
from portal.web.office import rules
from portal.web.studies.blueprint import bp
from portal.web.studies.forms import ConcludeForm, DropForm, StartForm, StudyForm

QUICK_DAYS = (20, 40, 60)
CONFLICT = 409


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def start() -> Response:
    """Open a study the office thinks of itself."""
    form, status = StartForm(), 200
    form.offer(unit_rows(read()))
    form.offer_categories(categories(read()))
    if request.method == "POST":
        made: list[int] = []

        def act(session: Session) -> None:
            order = form.order(form.category_code.data or None)
            made[:] = [studies.start_study(session, order, actor=me(), now=clock.now()).id]

        status = tried(form, act) if form.validate_on_submit() else 422
        if status == OK:
            return go(url_for("studies.link", study_id=made[0]))
    return _form_page(form, status, None, "专题研究立项", url_for("studies.start"))


@bp.route("/<int:study_id>/open", methods=["GET", "POST"])
@allow(Role.OFFICE)
def open_(study_id: int) -> Response:
    """Open a proposed study, or change an open one."""
    study = study_page(read(), me(), study_id)
    form = StudyForm(version=study.version)
    form.offer(unit_rows(read()))
    if request.method == "GET":
        form.show(study)
    answer = _tried(
        form,
        study_id,
        lambda session: studies.open_study(
            session, study_id, form.order(), version=form.seen, actor=me(), now=clock.now()
        ),
        done="已立项，牵头单位会收到消息。" if study.state is StudyState.PROPOSED else "已保存。",
    )
    if isinstance(answer, Response):
        return answer
    title = "专题研究立项" if study.state is StudyState.PROPOSED else "修改专题研究"
    return _form_page(form, answer, study, title, url_for("studies.open_", study_id=study_id))


@bp.route("/<int:study_id>/conclude", methods=["GET", "POST"])
@allow(Role.OFFICE)
def conclude(study_id: int) -> Response:
    """Put down what it came to."""
    study = study_page(read(), me(), study_id)
    form = ConcludeForm(version=study.version)
    answer = attempt_with_files(
        form,
        lambda session: studies.conclude_study(
            session, study_id, form.conclusion.data or "", files=form.evidence.files, version=form.seen, actor=me(),
            now=clock.now(),
        ),
        done="已形成结论。",
        onward=url_for("studies.show", study_id=study_id),
    )  # fmt: skip
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:
        form.has_seen(study_page(read(), me(), study_id).version)
    return render(
        "pages/studies/conclude.html",
        "fragments/studies/_conclude_form.html",
        status=answer,
        study=study,
        form=form,
        megabytes=rules().upload_megabytes,
    )


@bp.route("/<int:study_id>/drop", methods=["GET", "POST"])
@allow(Role.OFFICE)
def drop(study_id: int) -> Response:
    """Drop it with a reason."""
    study = study_page(read(), me(), study_id)
    form = DropForm(version=study.version)
    answer = _tried(
        form,
        study_id,
        lambda session: studies.drop_study(
            session, study_id, form.reason.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        done="已记为不予立项；再有同样多的诉求时，会重新建议。",
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/studies/drop.html", "fragments/studies/_drop_form.html", status=answer, study=study, form=form)


def _tried(form: ActForm, study_id: int, act: Callable[[Session], object], *, done: str) -> Response | int:
    answer = attempt(form, act, done=done, onward=url_for("studies.show", study_id=study_id))
    if answer == CONFLICT:
        form.has_seen(study_page(read(), me(), study_id).version)
    return answer


def _form_page(form: StudyForm, status: int, study: StudyPage | None, title: str, action: str) -> Response:
    calendar, today = working_calendar_now(), clock.today()
    return render(
        "pages/studies/study_form.html",
        "fragments/studies/_study_form.html",
        status=status,
        form=form,
        title=title,
        action=action,
        back=url_for("studies.show", study_id=study.id) if study else url_for("studies.listing"),
        quick_days=[(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS],
        calendar_warning=calendar_warning([form.due_on.data], "完成时限"),
    )
