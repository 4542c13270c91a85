"""Recording a meeting that took place, matter by matter; correcting its minutes."""

from flask import Response, request, url_for

from portal import clock
from portal.domain.meetings import OFF_THE_AGENDA, MeetingState
from portal.domain.people import Role
from portal.services import meetings
from portal.services.meeting_decisions import hold_meeting
from portal.store.extension import read
from portal.store.queries.meetings import meeting_page
from portal.store.queries.people import unit_rows
from portal.web.access import allow, me
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.htmx import render
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.matters.evidence import attempt_with_files
from portal.web.meetings.blueprint import bp
from portal.web.meetings.forms import MinutesForm, hold_form
from portal.web.office import rules

QUICK_DAYS = (3, 5, 10, 15)


@bp.route("/<int:meeting_id>/hold", methods=["GET", "POST"])
@allow(Role.OFFICE)
def hold(meeting_id: int) -> Response:
    """What was decided of each matter, who does it, until when; it is carried out with the same press."""
    meeting = meeting_page(read(), me(), meeting_id)
    form = hold_form(meeting.items, unit_rows(read()), version=meeting.version)
    answer = attempt_with_files(
        form,
        lambda session: hold_meeting(
            session, meeting_id, form.minutes.data or "", form.decided(meeting.items), files=form.evidence.files,
            version=form.seen, actor=me(), now=clock.now(),
        ),
        done="会议已记录：待交办的已拟交办单，在办的已记入办理过程。",
        onward=url_for("meetings.show", meeting_id=meeting_id),
    )  # fmt: skip
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        meeting = meeting_page(read(), me(), meeting_id)
        form.has_seen(meeting.version)
    calendar, today = working_calendar_now(), clock.today()
    return render(
        "pages/meetings/hold.html",
        "fragments/meetings/_hold_form.html",
        status=answer,
        meeting=meeting,
        form=form,
        ended=OFF_THE_AGENDA,
        tones=MATTER_TONES,
        time_left=time_left,
        quick_days=[(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS],
        calendar_warning=calendar_warning((it.matter_due_on for it in meeting.items), "时限"),
        planned=MeetingState.PLANNED,
        megabytes=rules().upload_megabytes,
    )


@bp.route("/<int:meeting_id>/minutes", methods=["GET", "POST"])
@allow(Role.OFFICE)
def minutes(meeting_id: int) -> Response:
    """Correct the general part of the minutes."""
    meeting = meeting_page(read(), me(), meeting_id)
    form = MinutesForm(version=meeting.version)
    if request.method == "GET":
        form.minutes.data = meeting.minutes
    answer = attempt_with_files(
        form,
        lambda session: meetings.correct_minutes(
            session, meeting_id, form.minutes.data or "", files=form.evidence.files, version=form.seen, actor=me(),
            now=clock.now(),
        ),
        done="纪要已修改。",
        onward=url_for("meetings.show", meeting_id=meeting_id),
    )  # fmt: skip
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        meeting = meeting_page(read(), me(), meeting_id)
        form.has_seen(meeting.version)
    return render(
        "pages/meetings/minutes.html",
        "fragments/meetings/_minutes_form.html",
        status=answer,
        meeting=meeting,
        form=form,
        megabytes=rules().upload_megabytes,
    )
