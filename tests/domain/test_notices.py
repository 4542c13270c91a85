from datetime import date

import pytest

from portal.domain.notices import NoticeState, notice_state

DUE = date(2026, 12, 10)


@pytest.mark.parametrize(
    "noticed,today,state",
    [
        (None, DUE, NoticeState.DUE),
        (None, date(2026, 12, 11), NoticeState.LATE),
        (3, DUE, NoticeState.DONE),
        (3, date(2026, 12, 31), NoticeState.DONE),
        (2, date(2026, 11, 1), NoticeState.STALE),
        (0, date(2026, 12, 31), NoticeState.STALE),
    ],
)
def test_a_notice_is_due_late_out_of_date_or_done(noticed, today, state):
    assert notice_state(noticed, 3, DUE, today) is state
