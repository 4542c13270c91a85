"""Joining matters under a task, changing it, parting one, ending it: the office's part."""

from collections.abc import Callable

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.people import Role
from portal.services import common_tasks
from portal.store.extension import read
from portal.store.queries.common_tasks import chosen_matters, joinable_matters, task_page
from portal.store.queries.people import unit_rows
from portal.web.access import allow, me
from portal.web.acting import OK, attempt, press, tried
from portal.web.asked import asked_text
from portal.web.bookings.acting import posted_version
from portal.web.common_tasks.blueprint import bp
from portal.web.common_tasks.forms import JoinForm, TaskForm
from portal.web.converters import number_in
from portal.web.htmx import go, render
from portal.web.matters.due import MATTER_TONES


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def join() -> Response:
    """Join the matters that were ticked, or searched here, under a new task."""
    asked = [number for it in request.values.getlist("matter") if (number := number_in(it)) is not None]
    words, form, status = asked_text("q"), JoinForm(), 200
    ticked = asked if request.method == "GET" else [it for it in (form.matters.data or []) if isinstance(it, int)]
    known = {it.id: it for it in chosen_matters(read(), me(), [*asked, *ticked])}
    known |= {it.id: it for it in (joinable_matters(read(), me(), words) if words else ())}
    form.offer(unit_rows(read()))
    form.offer_matters(list(known.values()))
    if request.method == "GET":
        form.matters.data = [it for it in asked if it in known]
        form.title.data = next((known[it].title for it in asked if it in known), None)
    else:
        made: list[int] = []

        def act(session: Session) -> None:
            chosen = form.matters.data or []
            made[:] = [common_tasks.join_matters(session, chosen, form.order(), actor=me(), now=clock.now()).id]

        status = tried(form, act) if form.validate_on_submit() else 422
        if status == OK:
            return go(url_for("common_tasks.show", task_id=made[0]))
    return render(
        "pages/common_tasks/join.html",
        "fragments/common_tasks/_join_form.html",
        status=status,
        form=form,
        words=words,
        asked=asked,
    )


@bp.route("/<int:task_id>/edit", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit(task_id: int) -> Response:
    """Change what is settled of a task."""
    task = task_page(read(), me(), task_id)
    form = TaskForm(version=task.version)
    form.offer(unit_rows(read()))
    if request.method == "GET":
        form.show(task)
    answer = attempt(
        form,
        lambda session: common_tasks.change_task(
            session, task_id, form.order(), version=form.seen, actor=me(), now=clock.now()
        ),
        done="已保存。",
        onward=url_for("common_tasks.show", task_id=task_id),
    )
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        form.has_seen(task_page(read(), me(), task_id).version)
    return render(
        "pages/common_tasks/edit.html", "fragments/common_tasks/_edit_form.html", status=answer, task=task, form=form
    )


@bp.get("/<int:task_id>/add")
@allow(Role.OFFICE)
def more(task_id: int) -> Response:
    """Search further matters to join."""
    task, words = task_page(read(), me(), task_id), asked_text("q")
    return render(
        "pages/common_tasks/more.html",
        "fragments/common_tasks/_more.html",
        task=task,
        words=words or task.title,
        offered=joinable_matters(read(), me(), words or task.title),
        tones=MATTER_TONES,
    )


@bp.post("/<int:task_id>/add")
@allow(Role.OFFICE)
def add(task_id: int) -> Response:
    """Join what was ticked."""
    chosen = [number for it in request.form.getlist("matter") if (number := number_in(it)) is not None]
    return _press(
        task_id,
        lambda session: common_tasks.join_more(
            session, task_id, chosen, version=posted_version(), actor=me(), now=clock.now()
        ),
        f"已并入 {len(set(chosen))} 件。",
    )


@bp.post("/<int:task_id>/matters/<int:matter_id>/part")
@allow(Role.OFFICE)
def part(task_id: int, matter_id: int) -> Response:
    """Part one from the task."""
    return _press(
        task_id,
        lambda session: common_tasks.part_matter(
            session, task_id, matter_id, version=posted_version(), actor=me(), now=clock.now()
        ),
        "已移出，这件诉求今后单独办理。",
    )


@bp.post("/<int:task_id>/end")
@allow(Role.OFFICE)
def end(task_id: int) -> Response:
    """End a task whose matters are all over."""
    return _press(
        task_id,
        lambda session: common_tasks.end_task(session, task_id, version=posted_version(), actor=me(), now=clock.now()),
        "共性任务已结束。",
    )


def _press(task_id: int, act: Callable[[Session], object], done: str) -> Response:
    return press(act, done=done, onward=url_for("common_tasks.show", task_id=task_id))
