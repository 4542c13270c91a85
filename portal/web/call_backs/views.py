"""Calling enterprises back after their matters came to an end: whom to call, and what they said (回访)."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.call_backs import CallBackStanding
from portal.domain.clocks import Clock, Stage, clock_of, ends_on, late_from
from portal.domain.people import Role
from portal.services import call_backs
from portal.services.clock_policy import clocks_in_force
from portal.store.extension import read
from portal.store.queries.call_backs import (
    CALL_BACK_SORTS,
    CallBackFilter,
    CallBackRow,
    all_call_back_rows,
    call_back_counts,
    call_back_page,
    call_back_rows,
    call_backs_late,
    calls_made,
)
from portal.store.queries.satisfaction import Rating, ratings_of
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_again, asked_number, asked_text, asked_word
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.call_backs.forms import CallBackForm
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, heading_links, unit_choices, wanted_page
from portal.web.matters.asked import address
from portal.web.matters.due import time_left
from portal.web.office import rules

bp = Blueprint("call_backs", __name__, url_prefix="/call-backs")

SEEN_BY = (Role.OFFICE, Role.SUPERVISOR)
WORDS = ("state", "unit", "overdue", "q")
TITLES = {
    CallBackStanding.WAITING: "要回访的企业",
    CallBackStanding.REACHED: "已回访的企业",
    CallBackStanding.GIVEN_UP: "多次未联系上的企业",
    CallBackStanding.LAPSED: "过期没有回访的企业",
}


def asked_call_backs() -> CallBackFilter:
    """What the address asks for; without a word whom to call now."""
    said = asked_text("state")
    return CallBackFilter(
        standing=asked_word(CallBackStanding, "state") if said else CallBackStanding.WAITING,
        unit_id=asked_number("unit"),
        overdue=asked_text("overdue") == "1",
        words=asked_text("q"),
    )


@bp.get("/")
@allow(*SEEN_BY)
def listing() -> Response:
    """Whom to call."""
    asked, today, clock_ = asked_call_backs(), clock.today(), _clock()
    late_before = late_from(clock_, today, working_calendar_now())
    spelled = asked_again(WORDS)
    wanted = wanted_page(CALL_BACK_SORTS, default="ended", descending=asked.standing is not CallBackStanding.WAITING)
    found = call_back_rows(read(), me(), asked, wanted, rules(), late_before=late_before, today=today)
    due = {it.matter_id: ends_on(clock_, it.ended_at.date(), working_calendar_now()) for it in found.rows}
    counts = call_back_counts(read(), me(), asked, rules(), late_before=late_before, today=today)
    return render(
        "pages/call_backs/listing.html",
        "fragments/call_backs/_call_back_list.html",
        page=Listing(found),
        asked=asked,
        title=TITLES[asked.standing] if asked.standing else "全部回访",
        late=call_backs_late(read(), me(), asked, rules(), late_before=late_before, today=today),
        calendar_warning=calendar_warning(due.values(), "回访期限"),
        states=heading_links("call_backs.listing", spelled, counts, asked.standing, sum(counts.values())),
        units=unit_choices(),
        narrowed=bool(asked.unit_id or asked.overdue or asked.words),
        said=asked_text("state"),
        due=due,
        ratings=ratings_of(read(), [it.matter_id for it in found.rows]),
        standing={it.matter_id: it.standing(rules(), today) for it in found.rows},
        time_left=time_left,
        most=rules().call_back_attempts,
        within=rules().call_back_within_days,
        calls=me().role is Role.OFFICE,
        export_url=address("call_backs.spreadsheet", spelled),
    )


@bp.get("/call-backs.xlsx")
@allow(*SEEN_BY)
def spreadsheet() -> Response:
    """The same list as a spreadsheet."""
    today, clock_ = clock.today(), _clock()
    rows = all_call_back_rows(
        read(), me(), asked_call_backs(), rules(), late_before=late_from(clock_, today, working_calendar_now()),
        today=today,
    )  # fmt: skip
    rated = ratings_of(read(), [it.matter_id for it in rows])
    columns = [
        Column("编号", 14), Column("诉求", 40), Column("企业", 32), Column("联系人", 12), Column("牵头单位", 16),
        Column("状态", 12), Column("销号或现场办结", 18), Column("回访期限", 12), Column("已联系次数", 10),
        Column("回访情况", 14), Column("解决程度", 12), Column("满意程度", 12),
    ]  # fmt: skip
    return xlsx("回访", columns, (_line(it, clock_, rated, today) for it in rows), today=today)


@bp.route("/<int:matter_id>", methods=["GET", "POST"])
@allow(*SEEN_BY)
def record(matter_id: int) -> Response:
    """One enterprise: what it had raised, how it was told, every call so far; the office enters the next one."""
    row, form = call_back_page(read(), me(), matter_id), CallBackForm()
    office = me().role is Role.OFFICE
    status = 200
    if office:
        answer = attempt(
            form,
            lambda session: call_backs.record_call_back(session, matter_id, form.called(), actor=me(), now=clock.now()),
            done="已登记回访。",
            onward=url_for("call_backs.listing"),
        )
        if isinstance(answer, Response):
            return answer
        status = answer
    standing = row.standing(rules(), clock.today())
    return render(
        "pages/call_backs/record.html",
        "fragments/call_backs/_call_back_form.html",
        status=status,
        row=row,
        form=form if office and (status != 200 or standing in OPEN) else None,
        standing=standing,
        calls=calls_made(read(), me(), matter_id),
        rating=ratings_of(read(), [matter_id]).get(matter_id),
        due=ends_on(_clock(), row.ended_at.date(), working_calendar_now()),
        most=rules().call_back_attempts,
    )


OPEN = (CallBackStanding.WAITING, CallBackStanding.LAPSED)


def _clock() -> Clock:
    return clock_of(Stage.CALL_BACK, clocks_in_force(read()))


def _line(it: CallBackRow, clock_: Clock, rated: Mapping[int, Rating], today: date) -> list[object]:
    rating = rated.get(it.matter_id)
    return [
        it.number, it.title, it.enterprise, it.visitor, it.unit or "", it.state.label, f"{it.ended_at:%Y-%m-%d %H:%M}",
        ends_on(clock_, it.ended_at.date(), working_calendar_now()), it.calls, it.standing(rules(), today).label,
        rating.resolved.label if rating else "", rating.grade.label if rating and rating.grade else "",
    ]  # fmt: skip
