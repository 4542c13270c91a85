"""The notices of the coming reception days, and which of them press."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for

from portal.domain.notices import NoticeState, notice_state
from portal.store.extension import read
from portal.store.queries.reception_days import coming_notices
from portal.web.calendars import working_calendar_now
from portal.web.filters import short_date
from portal.web.home.todos import SOON, Todo
from portal.web.office import rules

LOOK_AHEAD = timedelta(days=60)
"""How far ahead a day without a main receiver is something to do."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of a coming day: where it stands, and by when it must be public."""

    day: date
    state: NoticeState
    due: date

    @property
    def words(self) -> str:
        """What the card says: 已公布, 最迟 12月10日 周四, 逾期未公布."""
        return f"最迟 {short_date(self.due)}公布" if self.state is NoticeState.DUE else self.state.label


def notices_of(today: date) -> Sequence[Notice]:
    """The notices of the coming days, the earliest day first."""
    calendar, ahead = working_calendar_now(), rules().notice_days
    return [
        Notice(it.day, notice_state(it.noticed_sequence, it.sequence, due_by, today), due_by)
        for it in coming_notices(read(), today, today + LOOK_AHEAD)
        for due_by in (calendar.before(it.day, ahead),)
    ]


def notices_todo(notices: Sequence[Notice], today: date) -> Todo:
    """The notices to make public now: due within three working days, late, or out of date."""
    soon = working_calendar_now().after(today, SOON)
    pressing = [
        it for it in notices if (it.state is not NoticeState.DONE and it.due <= soon) or it.state is NoticeState.STALE
    ]
    if not pressing:
        return Todo(0, "接待通告待公布", url_for("reception_days.days"))
    first = pressing[0]
    late = any(it.state is NoticeState.LATE for it in pressing)
    return Todo(
        len(pressing),
        "接待通告待公布",
        url_for("reception_days.show", day=first.day) + "#papers",
        first.words,
        tone="late" if late else "wait",
    )
