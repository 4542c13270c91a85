"""The list of meetings, one meeting with its agenda and what it decided, its papers."""

from collections.abc import Sequence

from flask import Response, url_for

from portal import clock
from portal.documents.meeting_papers import meeting_agenda, meeting_minutes
from portal.documents.spreadsheets import Column
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.meetings import MeetingKind, MeetingState
from portal.domain.people import Role
from portal.services.meeting_sheets import meeting_sheet
from portal.store.extension import read
from portal.store.queries.handling_files import one_of
from portal.store.queries.meetings import (
    MEETING_SORTS,
    Item,
    MeetingFilter,
    all_meetings,
    meeting_counts,
    meeting_page,
    meeting_rows,
)
from portal.store.queries.slip_links import Carrier, carriers
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_day, asked_text, asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.downloads import pdf, xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.blueprint import BUSINESS
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.matters.files import given_out
from portal.web.meetings.blueprint import TONES, bp

WORDS = ("kind", "state", "from", "until", "q")


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """Which meetings there are, and what they took up."""
    asked, spelled = _asked(), asked_again(WORDS)
    counts = meeting_counts(read(), me(), asked)
    page = Listing(meeting_rows(read(), me(), asked, wanted_page(MEETING_SORTS, default="day", descending=True)))
    return render(
        "pages/meetings/listing.html",
        "fragments/meetings/_meeting_list.html",
        page=page,
        calendar_warning=calendar_warning((it.held_on for it in page.rows), "召开日期"),
        asked=asked,
        kinds=choices(MeetingKind),
        said=asked_text("state"),
        states=heading_links("meetings.listing", spelled, counts, asked.state, sum(counts.values())),
        tones=TONES,
        keeps=me().role is Role.OFFICE,
        export_url=address("meetings.export", spelled),
    )


@bp.get("/list.xlsx")
@allow(*BUSINESS)
def export() -> Response:
    """The same list to save."""
    columns = [
        Column("日期", 16), Column("种类", 10), Column("名称", 40), Column("地点", 24), Column("主持", 12),
        Column("议题数", 8), Column("状态", 10), Column("会议情况", 60),
    ]  # fmt: skip
    rows = (
        (it.held_on, it.kind.label, it.title, it.venue, it.chair, it.items, it.state.label, it.minutes)
        for it in all_meetings(read(), me(), _asked())
    )
    return xlsx("调度会", columns, rows, today=clock.today())


@bp.get("/<int:meeting_id>")
@allow(*BUSINESS)
def show(meeting_id: int) -> Response:
    """One meeting: when and where, every matter with what was decided and where that went."""
    meeting = meeting_page(read(), me(), meeting_id)
    office = me().role is Role.OFFICE
    on = carriers(read(), [it.matter_id for it in meeting.items]) if office else []
    return render(
        "pages/meetings/show.html",
        meeting=meeting,
        calendar_warning=calendar_warning([meeting.held_on], "召开日期"),
        states=MeetingState,
        tones=TONES,
        matter_tones=MATTER_TONES,
        running=CLOCK_RUNS,
        time_left=time_left,
        keeps=office,
        may_hold=office and meeting.state is MeetingState.PLANNED and meeting.held_on <= clock.today(),
        went={it.matter_id: _went(it, on) for it in meeting.items} if office else {},
    )


@bp.get("/<int:meeting_id>/agenda.pdf")
@allow(*BUSINESS)
def agenda_paper(meeting_id: int) -> Response:
    """The agenda as it is printed."""
    sheet = meeting_sheet(read(), meeting_id, held=False, actor=me(), now=clock.now())
    return pdf(meeting_agenda(sheet), f"{sheet.title}议程.pdf")


@bp.get("/<int:meeting_id>/minutes.pdf")
@allow(*BUSINESS)
def minutes_paper(meeting_id: int) -> Response:
    """The minutes as they are printed."""
    sheet = meeting_sheet(read(), meeting_id, held=True, actor=me(), now=clock.now())
    return pdf(meeting_minutes(sheet), f"{sheet.title}纪要.pdf")


@bp.get("/<int:meeting_id>/files/<int:file_id>")
@allow(*BUSINESS)
def file(meeting_id: int, file_id: int) -> Response:
    """A file that goes with the minutes, for whoever reads these."""
    return given_out(one_of(meeting_page(read(), me(), meeting_id).files, file_id))


def _went(item: Item, on: Sequence[Carrier]) -> tuple[str, str] | None:
    """Where to follow what was assigned: the slip that carries the matter, or a transfer to a unit that is on no slip of it."""
    own = [it for it in on if it.matter_id == item.matter_id]
    if not own:
        return None
    return own[0].number or "交办单草稿", url_for("slips.show", slip_id=own[0].slip_id)


def _asked() -> MeetingFilter:
    return MeetingFilter(
        kind=asked_word(MeetingKind, "kind"),
        state=asked_word(MeetingState, "state"),
        first=asked_day("from"),
        last=asked_day("until"),
        words=asked_text("q"),
    )


from portal.web.meetings import agendas, holding, planning  # noqa: E402, F401 - they hang their views on the blueprint
