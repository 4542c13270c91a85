"""Reception days: the list, its spreadsheet, and the page of one day."""

from dataclasses import dataclass
from datetime import date

from flask import Response, current_app, flash, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.bookings import BookingState
from portal.domain.day_changes import ChangeState
from portal.domain.errors import NotFound
from portal.domain.notices import NoticeState, notice_state
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct
from portal.store.extension import read
from portal.store.queries.bookings import DayBooking, bookings_of_day
from portal.store.queries.day_changes import changes_of_day, redated_days
from portal.store.queries.day_furniture import venue_named
from portal.store.queries.duty_changes import duty_changes_of_day
from portal.store.queries.reception_days import (
    ALL,
    COMING,
    ENDED,
    PAST,
    SORTS,
    DayFile,
    DayRow,
    SeatRow,
    SlotRow,
    all_reception_days,
    day_file,
    invited_bookings,
    reception_days,
    slots_of_day,
)
from portal.web.access import allow, me
from portal.web.asked import asked_word, choices
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import xlsx
from portal.web.filters import full_date, moment, short_date
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules
from portal.web.reception_days import acts, changes, paper_list, papers, plans
from portal.web.reception_days.blueprint import LOOKERS, bp
from portal.web.reception_days.paper_list import printable_now

__all__ = ["acts", "bp", "changes", "days", "export", "paper_list", "papers", "plans", "show"]

TITLES = {COMING: "接下来的接待日", PAST: "已过去的接待日", ALL: "全部接待日"}
TO_COME = (DayState.PLANNED, DayState.PUBLISHED)
"""A day in one of these states may still need its notice."""

BAND = {
    BookingState.PENDING: "held",
    BookingState.CONFIRMED: "taken",
    BookingState.ARRIVED: "arrived",
    BookingState.FINISHED: "done",
    BookingState.NO_SHOW: "closed",
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
    slots = slots_of_day(read(), row.id)
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
        preparations=_preparations(file, slots, bookings, sight) if sight.visitors else None,
        printable=printable_now(row, actor),
        notice_now=_notice_state(file) if sight.acts and row.state in TO_COME else None,
        venue=venue_named(read(), row.venue),
        waiting=next((it for it in asked if it.state is ChangeState.WAITING), None) if sight.acts else None,
        latest_change=next((it for it in asked if it.state is ChangeState.APPROVED), None) if sight.acts else None,
        board=_link("board.show", day=day),
        room=_link("room.show", day=day) if sight.visitors else None,
        book=_link("bookings.new", day=day.isoformat()) if sight.acts and _takes_bookings(row) else None,
    )


def _duty_changes(row: DayRow) -> list[dict[str, object]]:
    """Who held which place when, as the timeline shows it; nothing as long as everybody sits where first seated."""
    found = duty_changes_of_day(read(), row.id)
    if all(it.act is TurnAct.SEATED for it in found):
        return []
    return [{"when": moment(it.at), "who": it.who, "what": it.text, "detail": it.reason} for it in found]


def _takes_bookings(row: DayRow) -> bool:
    return row.state not in ENDED and row.day >= clock.today() and row.booked < row.capacity


def _link(endpoint: str, **values: object) -> str | None:
    """An address in another area, None while that area is not part of the portal."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None  # type: ignore[arg-type]


def _band(slot: SlotRow, row: DayRow, sight: Sight) -> dict[str, object]:
    room = f" {slot.room}" if slot.room else ""
    return {"time": f"{slot.starts_at:%H:%M}{room}", "seats": [_seat(seat, slot, row, sight) for seat in slot.seats]}


def _seat(seat: SeatRow, slot: SlotRow, row: DayRow, sight: Sight) -> dict[str, object]:
    if seat.booking_id is None or seat.state is None:
        if not (sight.acts and _takes_bookings(row)):
            return {"state": "closed" if row.state in ENDED else "free", "label": "空"}
        return {"state": "free", "label": "空", "url": _link("bookings.new", day=row.day.isoformat(), slot=slot.id)}
    state = BAND.get(seat.state, "taken")
    if not sight.names(seat.booking_id):
        return {"state": state, "label": "已约"}
    label = seat.enterprise if state == "taken" else f"{seat.enterprise}（{seat.state.label}）"
    url = _link("bookings.show", booking_id=seat.booking_id) if sight.visitors else None
    return {"state": state, "label": label, "url": url}


def _preparations(
    file: DayFile, slots: tuple[SlotRow, ...], bookings: list[DayBooking], sight: Sight
) -> list[dict[str, object]]:
    """What has to be ready before the day, and whether it is."""
    row = file.row
    notice = _notice_due(row)
    missing = row.missing(rules().seats)
    pending = sum(it.state is BookingState.PENDING for it in bookings)
    matters, checked = sum(it.matters for it in bookings), sum(it.checked for it in bookings)
    published = row.state not in (DayState.PLANNED, DayState.CANCELLED)
    items: list[dict[str, object]] = [
        _item("轮值排定", not missing, "、".join(missing), _link("duty.rota") if sight.acts else None),
        _item("时段安排", bool(slots), f"{len(slots)} 个时段 {row.capacity} 个名额"),
        _item("发布", published, "" if published else f"最迟 {short_date(notice)}"),
        *([_notice_item(file)] if row.state is not DayState.CANCELLED else []),
        _item("预约审核", not pending, f"{pending} 家待审核" if pending else f"已约 {row.booked} 家"),
    ]
    if rules().screening:
        items.append(_item("诉求核实", checked == matters, f"{checked}/{matters} 条" if matters else "还没有诉求"))
    return items


def _item(label: str, done: bool, note: str, url: str | None = None) -> dict[str, object]:
    return {"label": label, "done": done, "note": note, "url": None if done else url}


def _notice_state(file: DayFile) -> NoticeState:
    return notice_state(file.noticed_sequence, file.sequence, _notice_due(file.row), clock.today())


def _notice_due(row: DayRow) -> date:
    """The last day on which the notice of a day is in time."""
    return working_calendar_now().before(row.day, rules().notice_days)


def _notice_item(file: DayFile) -> dict[str, object]:
    """The notice among the preparations: by when, whether late, or that it must be made public anew."""
    state, row = _notice_state(file), file.row
    if row.state not in TO_COME:
        return _item("通告", done=file.noticed_at is not None, note="" if file.noticed_at else "没有标记公布")
    if state is NoticeState.DONE:
        return _item("通告", done=True, note=f"{moment(file.noticed_at)} 公布")
    if state is NoticeState.STALE:
        return _item("通告", done=False, note="公布后有变动，通告须重新发布")
    late = "已逾期，" if state is NoticeState.LATE else ""
    return _item("通告", done=False, note=f"{late}最迟 {short_date(_notice_due(row))}公布")
