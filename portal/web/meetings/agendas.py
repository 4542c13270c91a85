"""The agenda: open matters that call for a meeting are proposed, any other is searched; picked, ordered, taken off."""

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.meetings import AgendaReason, MeetingState
from portal.domain.people import Role
from portal.services import meetings
from portal.store.extension import read, write
from portal.store.queries.agenda import found_items, proposed_items
from portal.store.queries.meetings import meeting_page
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_text, asked_word, choices
from portal.web.bookings.acting import posted_version
from portal.web.converters import number_in
from portal.web.htmx import go, render
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.meetings.blueprint import bp


@bp.get("/<int:meeting_id>/agenda")
@allow(Role.OFFICE)
def agenda(meeting_id: int) -> Response:
    """Put the agenda together."""
    meeting, words, reason = meeting_page(read(), me(), meeting_id), asked_text("q"), asked_word(AgendaReason, "reason")
    if meeting.state is not MeetingState.PLANNED:
        raise RuleBroken(f"会议现为“{meeting.state.label}”，议题不能再改。")
    offered = (
        found_items(read(), me(), meeting_id, words, now=clock.now())
        if words
        else proposed_items(read(), me(), meeting_id, now=clock.now())
    )
    return render(
        "pages/meetings/agenda.html",
        "fragments/meetings/_agenda.html",
        meeting=meeting,
        offered=[it for it in offered if reason is None or reason in it.reasons],
        words=words,
        reason=reason,
        reasons=choices(AgendaReason),
        tones=MATTER_TONES,
        time_left=time_left,
        running=CLOCK_RUNS,
    )


@bp.post("/<int:meeting_id>/agenda/add")
@allow(Role.OFFICE)
def add(meeting_id: int) -> Response:
    """Put what was ticked on the agenda."""
    chosen = [number for it in request.form.getlist("matter") if (number := number_in(it)) is not None]
    return press(
        lambda session: meetings.put_on_agenda(
            session, meeting_id, chosen, version=posted_version(), actor=me(), now=clock.now()
        ),
        done=f"已列入 {len(set(chosen))} 项。",
        onward=_agenda(meeting_id),
    )


@bp.post("/<int:meeting_id>/agenda/<int:matter_id>/off")
@allow(Role.OFFICE)
def take_off(meeting_id: int, matter_id: int) -> Response:
    """Take one off again."""
    return press(
        lambda session: meetings.take_off_agenda(
            session, meeting_id, matter_id, version=posted_version(), actor=me(), now=clock.now()
        ),
        done="已移出议题。",
        onward=_agenda(meeting_id),
    )


@bp.post("/<int:meeting_id>/agenda/<int:matter_id>/move")
@allow(Role.OFFICE)
def move(meeting_id: int, matter_id: int) -> Response:
    """Move one up or down."""
    by = -1 if request.form.get("by") == "-1" else 1
    return press(
        lambda session: meetings.move_item(
            session, meeting_id, matter_id, by, version=posted_version(), actor=me(), now=clock.now()
        ),
        done="已调整顺序。",
        onward=_agenda(meeting_id),
    )


@bp.post("/<int:meeting_id>/agenda/order")
@allow(Role.OFFICE)
def order(meeting_id: int) -> Response:
    """Take the numbers written beside the items; the same number keeps the order they had."""
    wanted = {}
    for it in meeting_page(read(), me(), meeting_id).items:
        place = number_in(request.form.get(f"place_{it.matter_id}", ""))
        wanted[it.matter_id] = (place if place is not None else it.position, it.position)
    version = posted_version()
    try:
        write(
            lambda session: meetings.order_agenda(
                session, meeting_id, sorted(wanted, key=lambda it: wanted[it]), version=version, actor=me(),
                now=clock.now(),
            )
        )  # fmt: skip
    except RuleBroken as refusal:
        flash(refusal.message, "error")
    else:
        flash("已按序号排好。", "success")
    return go(_agenda(meeting_id))


def _agenda(meeting_id: int) -> str:
    return url_for("meetings.agenda", meeting_id=meeting_id)
