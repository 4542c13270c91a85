"""What has to be ready before a day, and whether it is: the list that is ticked off (准备清单)."""

from datetime import date

from flask import url_for

from portal import clock
from portal.domain.bookings import BookingState
from portal.domain.list_lock import ListLock
from portal.domain.notices import NoticeState, notice_state
from portal.domain.reception_days import DayState
from portal.store.queries.preparations import Preparation
from portal.store.queries.reception_days import DayFile, DayRow
from portal.web.calendars import working_calendar_now
from portal.web.filters import moment, short_date
from portal.web.office import rules

TO_COME = (DayState.PLANNED, DayState.PUBLISHED)
"""A day in one of these states may still need its notice."""

Line = dict[str, object]


def checklist(file: DayFile, found: Preparation, lock: ListLock, *, office: bool) -> list[Line]:
    """The preparations of a day in the order of the work; links lead on for those who can do something."""
    row = file.row
    missing = row.missing(rules().seats)
    here = url_for("reception_days.preparation", day=row.day)
    published = row.state not in (DayState.PLANNED, DayState.CANCELLED)
    return [
        _line("轮值排定", not missing, "、".join(missing), url_for("duty.rota") if office else None),
        _line("时段安排", row.capacity > 0, f"{row.capacity} 个名额"),
        _line("发布", published, "" if published else f"最迟 {short_date(notice_due(row))}"),
        *([_notice(file)] if row.state is not DayState.CANCELLED else []),
        *_bookings(found, here),
        _list(row, lock, here if office else None),
    ]


def _bookings(found: Preparation, here: str) -> list[Line]:
    """What is done for each enterprise: its review, its matters' check, what units say and who sits in."""
    pending = sum(it.state is BookingState.PENDING for it in found.bookings)
    booked = len(found.bookings)
    lines = [_line("预约审核", not pending, f"{pending} 家待审核" if pending else f"已约 {booked} 家")]
    if rules().screening:
        note = f"{found.checked}/{found.matters} 条" if found.matters else "还没有诉求"
        lines.append(_line("诉求核实", found.checked == found.matters, note, here))
    asked, overdue = len(found.answers), found.overdue(clock.today())
    if found.matters:
        parts = [f"{found.answered}/{asked} 条" if asked else "还没有征求"]
        parts += [f"{overdue} 条逾期"] if overdue else []
        parts += [f"{found.unasked} 项未征求"] if asked and found.unasked else []
        done = bool(asked) and found.answered == asked and not found.unasked
        lines.append(_line("单位意见", done, "，".join(parts), here))
    if booked:
        lines.append(_line("参加单位", found.with_units == booked, f"{found.with_units}/{booked} 家", here))
    return lines


def _list(row: DayRow, lock: ListLock, url: str | None) -> Line:
    if lock.is_locked:
        return _line("名单锁定", done=True, note=moment(lock.since))
    return _line("名单锁定", done=False, note=f"{moment(lock.due)} 自动锁定" if lock.due else "手动锁定", url=url)


def _line(label: str, done: bool, note: str, url: str | None = None) -> Line:
    return {"label": label, "done": done, "note": note, "url": None if done else url}


def state_of_notice(file: DayFile) -> NoticeState:
    """Where the notice of a day stands today."""
    return notice_state(file.noticed_sequence, file.sequence, notice_due(file.row), clock.today())


def notice_due(row: DayRow) -> date:
    """The last day on which the notice of a day is in time."""
    return working_calendar_now().before(row.day, rules().notice_days)


def _notice(file: DayFile) -> Line:
    """The notice among the preparations: by when, whether late, or that it must be made public anew."""
    state, row = state_of_notice(file), file.row
    if row.state not in TO_COME:
        return _line("通告", done=file.noticed_at is not None, note="" if file.noticed_at else "没有标记公布")
    if state is NoticeState.DONE:
        return _line("通告", done=True, note=f"{moment(file.noticed_at)} 公布")
    if state is NoticeState.STALE:
        return _line("通告", done=False, note="公布后有变动，通告须重新发布")
    late = "已逾期，" if state is NoticeState.LATE else ""
    return _line("通告", done=False, note=f"{late}最迟 {short_date(notice_due(row))}公布")
