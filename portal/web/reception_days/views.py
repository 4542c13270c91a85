"""Reception days: the list, its spreadsheet, and the page of one day."""

from dataclasses import dataclass
from datetime import date

from flask import Response, current_app, flash, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.bookings import BookingState
from portal.domain.day_changes import ChangeState
from portal.domain.errors import NotFound
from portal.domain.people import Actor, Role
from portal.domain.reception_days import ENDED, HELD, DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct
from portal.services.day_summaries import may_read_summary
from portal.store.extension import read
from portal.store.queries.bookings import bookings_of_day
from portal.store.queries.day_changes import changes_of_day, redated_days
from portal.store.queries.day_furniture import venue_named
from portal.store.queries.duty_changes import duty_changes_of_day
from portal.store.queries.preparations import preparation_of_day
from portal.store.queries.reception_days import (
    ALL,
    COMING,
    PAST,
    SORTS,
    DayRow,
    SeatRow,
    SlotRow,
    all_reception_days,
    day_file,
    invited_bookings,
    reception_days,
    slots_of_day,
)
from portal.store.queries.waiting_list import waiting_count
from portal.web.access import allow, me
from portal.web.asked import asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.downloads import xlsx
from portal.web.filters import full_date, hour, moment, short_date
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules
from portal.web.reception_days import acts, changes, paper_list, papers, plans, preparations, summaries, waiting
from portal.web.reception_days.blueprint import LOOKERS, bp
from portal.web.reception_days.checklist import TO_COME, checklist, state_of_notice
from portal.web.reception_days.paper_list import printable_now
from portal.web.reception_days.preparations import lock_now

__all__ = [
    "acts", "bp", "changes", "days", "export", "paper_list", "papers", "plans", "preparations", "show", "summaries", "waiting",
]  # fmt: skip

TITLES = {COMING: "接下来的接待日", PAST: "已过去的接待日", ALL: "全部接待日"}

"""A day in one of these states has a summary."""

BAND = {
    BookingState.PENDING: "held",
    BookingState.OFFERED: "held",
    BookingState.CONFIRMED: "taken",
    BookingState.ARRIVED: "arrived",
    BookingState.FINISHED: "done",
    BookingState.NO_SHOW: "closed",
    BookingState.LEFT: "closed",
}


def _span() -> str:
    asked = request.args.get("span", COMING)
    return asked if asked in TITLES else COMING


@bp.get("/")
@allow(*LOOKERS)
def days() -> Response:
    """Which reception days are coming, past, or all; in one state or any."""
    span, state = _span(), asked_word(DayState, "state")
    wanted = wanted_page(SORTS, default="day", descending=span == PAST)
    page = reception_days(read(), wanted, span=span, today=clock.today(), state=state)
    return render(
        "pages/reception_days/days.html",
        "fragments/reception_days/_days.html",
        page=Listing(page),
        calendar_warning=calendar_warning((row.day for row in page.rows), "接待日"),
        span=span,
        state=state.value if state else "",
        states=choices(DayState),
        titles=TITLES,
        wanted_seats=rules().seats,
        seats=[seat for seat in DutySeat if seat.value in rules().seats],
    )


@bp.get("/list.xlsx")
@allow(*LOOKERS)
def export() -> Response:
    """The same list as a spreadsheet."""
    span, today = _span(), clock.today()
    rows = all_reception_days(read(), span=span, today=today, state=asked_word(DayState, "state"))
    columns = [Column("日期", 16), Column("星期", 6), Column("状态", 10), Column("开始", 8), Column("地点", 30)]
    columns += [
        *(Column(seat.label, 30) for seat in DutySeat),
        Column("名额", 8),
        Column("已约", 8),
        Column("主题", 24),
    ]
    return xlsx(TITLES[span], columns, (_exported(row) for row in rows), today=today)


def _exported(row: DayRow) -> list[object]:
    duty = ["、".join(f"{turn.leader}（{turn.post}）" for turn in row.seated(seat)) for seat in DutySeat]
    weekday = short_date(row.day)[-2:]
    return [
        row.day, weekday, row.state.label, f"{row.starts_at:%H:%M}", row.venue, *duty, row.capacity, row.booked, row.theme
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of a day's bookings a person may see (domain 7.1, PT-34)."""

    acts: bool
    visitors: bool
    bookings: frozenset[int] | None
    """The bookings whose enterprise may be named; None means all."""

    def names(self, booking_id: int | None) -> bool:
        """Whether the enterprise of this booking may be named."""
        return booking_id is not None and (self.bookings is None or booking_id in self.bookings)


def sight_of(actor: Actor, row: DayRow) -> Sight:
    """The office sees everything, leaders on duty and their secretaries the visitors, units those who concern them."""
    if actor.role is Role.OFFICE:
        return Sight(acts=True, visitors=True, bookings=None)
    serves = any(turn.leader_id in actor.leader_ids for turn in row.turns)
    if actor.role is Role.UNIT:
        known = invited_bookings(read(), row.id, actor.unit_id) if actor.unit_id is not None else frozenset()
        return Sight(acts=False, visitors=False, bookings=known)
    return Sight(acts=False, visitors=serves, bookings=None)


@bp.get("/<date:day>")
@allow(*LOOKERS)
def show(day: date) -> Response:
    """One reception day: its slots at a glance, who serves and why, who comes, what is still to prepare."""
    try:
        file = day_file(read(), day)
    except NotFound:
        moved = redated_days(read(), [day])
        if day not in moved:
            raise
        flash(f"{full_date(day)}的接待日已改期，现在是 {full_date(moved[day])}。", "warn")
        return go(url_for("reception_days.show", day=moved[day]))
    actor = me()
    row, sight = file.row, sight_of(actor, file.row)
    asked = changes_of_day(read(), row.id)
    sees_reasons = actor.role in (Role.OFFICE, Role.LEADER, Role.SECRETARY)
    slots, lock = slots_of_day(read(), row.id), lock_now(row)
    bookings = [it for it in bookings_of_day(read(), row.id) if sight.names(it.id)]
    return render(
        "pages/reception_days/show.html",
        "fragments/reception_days/_day.html",
        file=file,
        calendar_warning=calendar_warning([row.day], "接待日"),
        day=row,
        sight=sight,
        band=[_band(slot, row, sight) for slot in slots],
        bookings=bookings,
        empty_places=row.empty_places(rules().seats),
        reasons_shown=sees_reasons,
        own_ids=actor.leader_ids,
        duty_changes=_duty_changes(row) if sees_reasons else [],
        missing=row.missing(rules().seats) if row.day >= clock.today() else (),
        preparations=checklist(file, preparation_of_day(read(), row.id), lock, office=sight.acts)
        if sight.visitors
        else None,
        lock=lock if sight.visitors else None,
        printable=printable_now(row, actor),
        summary=_link("reception_days.summary", day=day)
        if row.state in HELD and may_read_summary(actor, row)
        else None,
        notice_now=state_of_notice(file) if sight.acts and row.state in TO_COME else None,
        venue=venue_named(read(), row.venue),
        waiting=next((it for it in asked if it.state is ChangeState.WAITING), None) if sight.acts else None,
        latest_change=next((it for it in asked if it.state is ChangeState.APPROVED), None) if sight.acts else None,
        board=_link("board.show", day=day),
        room=_link("room.show", day=day) if sight.visitors else None,
        book=_link("bookings.new", day=day.isoformat()) if sight.acts and _takes_bookings(row) else None,
        is_full=row.booked >= row.capacity,
        on_list=waiting_count(read(), row.id) if sight.acts else 0,
    )


def _duty_changes(row: DayRow) -> list[dict[str, object]]:
    """Who held which place when, as the timeline shows it; nothing as long as everybody sits where first seated."""
    found = duty_changes_of_day(read(), row.id)
    if all(it.act is TurnAct.SEATED for it in found):
        return []
    return [{"when": moment(it.at), "who": it.who, "what": it.text, "detail": it.reason} for it in found]


def _takes_bookings(row: DayRow) -> bool:
    """Whether the office may register somebody: while there is a place, or a waiting list."""
    room = row.booked < row.capacity or (rules().waiting_list and row.capacity > 0)
    return room and row.state not in ENDED and row.day >= clock.today()


def _link(endpoint: str, **values: object) -> str | None:
    """An address in another area, None while that area is not part of the portal."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None  # type: ignore[arg-type]


def _band(slot: SlotRow, row: DayRow, sight: Sight) -> dict[str, object]:
    room = f" {slot.room}" if slot.room else ""
    return {"time": f"{slot.starts_at:%H:%M}{room}", "seats": [_seat(seat, slot, row, sight) for seat in slot.seats]}


def _seat(seat: SeatRow, slot: SlotRow, row: DayRow, sight: Sight) -> dict[str, object]:
    if seat.booking_id is None or seat.state is None:
        if seat.held_until is not None and seat.held_until > clock.now():
            return {"state": "kept", "label": f"占位中，{hour(seat.held_until)} 释放"}
        if not (sight.acts and _takes_bookings(row)):
            return {"state": "closed" if row.state in ENDED else "free", "label": "空"}
        return {"state": "free", "label": "空", "url": _link("bookings.new", day=row.day.isoformat(), slot=slot.id)}
    state = BAND.get(seat.state, "taken")
    if not sight.names(seat.booking_id):
        return {"state": state, "label": "已约"}
    label = seat.enterprise if state == "taken" else f"{seat.enterprise}（{seat.state.label}）"
    url = _link("bookings.show", booking_id=seat.booking_id) if sight.visitors else None
    return {"state": state, "label": label, "url": url}
