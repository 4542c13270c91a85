"""The notice of a reception day: by when it must be public, and whether what is public still holds (domain 2.1, 9)."""

from datetime import date

from portal.domain.labelled import Labelled


class NoticeState(Labelled):
    """Where the notice of a day stands."""

    DUE = "due", "待公布"
    LATE = "late", "逾期未公布"
    STALE = "stale", "须重新发布"
    DONE = "done", "已公布"


def notice_state(noticed_sequence: int | None, sequence: int, due: date, today: date) -> NoticeState:
    """What holds today: a day that has changed since its notice must be made public anew, whatever the date.

    `due` is the last day on which the notice is in time.
    """
    if noticed_sequence is None:
        return NoticeState.LATE if today > due else NoticeState.DUE
    return NoticeState.DONE if noticed_sequence == sequence else NoticeState.STALE
