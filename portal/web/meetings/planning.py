"""Planning a meeting, changing the plan, calling it off."""

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.meetings import MeetingState
from portal.domain.people import Role
from portal.services import meetings
from portal.store.extension import read
from portal.store.queries.meetings import MeetingPage, meeting_page
from portal.store.queries.people import leader_rows
from portal.web.access import allow, me
from portal.web.acting import OK, attempt, tried
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.converters import number_in
from portal.web.htmx import go, render
from portal.web.matters.acting import ActForm
from portal.web.meetings.blueprint import bp
from portal.web.meetings.forms import CancelForm, PlanForm

QUICK_DAYS = (1, 3, 5, 10)


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def plan() -> Response:
    """Plan a meeting; its agenda is put together afterwards."""
    form, status = PlanForm(), 200
    form.offer(leader_rows(read(), clock.today()))
    matters = [it for it in map(number_in, request.values.getlist("matter")) if it is not None][:60]
    if request.method == "POST":
        made: list[int] = []

        def act(session: Session) -> None:
            made[:] = [meetings.plan_meeting(session, form.plan(), matters, actor=me(), now=clock.now()).id]

        status = tried(form, act) if form.validate_on_submit() else 422
        if status == OK:
            return go(url_for("meetings.agenda", meeting_id=made[0]))
    return _plan_page(form, status, "安排会议", url_for("meetings.plan"), url_for("meetings.listing"), matters=matters)


@bp.route("/<int:meeting_id>/edit", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit(meeting_id: int) -> Response:
    """Change what is settled."""
    meeting = _planned(meeting_id)
    form = PlanForm(version=meeting.version)
    form.offer(leader_rows(read(), meeting.held_on))
    if request.method == "GET":
        form.show(meeting)
    status = _tried(
        form,
        meeting_id,
        lambda session: meetings.edit_meeting(
            session, meeting_id, form.plan(), version=form.seen, actor=me(), now=clock.now()
        ),
        done="已保存。",
    )
    if isinstance(status, Response):
        return status
    here = url_for("meetings.show", meeting_id=meeting_id)
    return _plan_page(form, status, "修改会议", url_for("meetings.edit", meeting_id=meeting_id), here, matters=[])


@bp.route("/<int:meeting_id>/cancel", methods=["GET", "POST"])
@allow(Role.OFFICE)
def cancel(meeting_id: int) -> Response:
    """Call a meeting off."""
    meeting = _planned(meeting_id)
    form = CancelForm(version=meeting.version)
    status = _tried(
        form,
        meeting_id,
        lambda session: meetings.cancel_meeting(
            session, meeting_id, form.reason.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        done="会议已取消，议题没有变动，可以列入下一次会议。",
    )
    if isinstance(status, Response):
        return status
    return render(
        "pages/meetings/cancel.html",
        "fragments/meetings/_cancel_form.html",
        status=status,
        meeting=meeting,
        form=form,
    )


def _planned(meeting_id: int) -> MeetingPage:
    return meeting_page(read(), me(), meeting_id)


def _tried(form: ActForm, meeting_id: int, act: Callable[[Session], object], *, done: str) -> Response | int:
    answer = attempt(form, act, done=done, onward=url_for("meetings.show", meeting_id=meeting_id))
    if answer == 409:
        form.has_seen(meeting_page(read(), me(), meeting_id).version)
    return answer


def _plan_page(form: PlanForm, status: int, title: str, action: str, back: str, **more: Any) -> Response:
    calendar, today = working_calendar_now(), clock.today()
    return render(
        "pages/meetings/plan.html",
        "fragments/meetings/_plan_form.html",
        status=status,
        form=form,
        title=title,
        action=action,
        back=back,
        quick_days=[(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS],
        calendar_warning=calendar_warning([form.held_on.data], "召开日期"),
        planned=MeetingState.PLANNED,
        **more,
    )
