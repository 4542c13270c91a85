"""When people may be reminded: working days before, in the daytime of a working day, and not again at night."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.clock import ZONE
from portal.domain.messages import EVENING, MORNING, by_day
from portal.domain.reminders import reached, waking_moment

CALENDAR = working_calendar({}, {})
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda it: it.replace(tzinfo=ZONE))


@given(MOMENTS)
def test_nobody_is_woken_at_night_or_reached_on_a_rest_day(moment):
    due = waking_moment(CALENDAR, moment)
    assert due >= moment
    assert MORNING <= due.time() < EVENING
    assert CALENDAR.is_working(due.date())
    assert waking_moment(CALENDAR, due) == due


@given(MOMENTS, st.integers(1, 40), st.sets(st.integers(1, 30), min_size=1, max_size=5))
def test_a_reminder_is_never_reached_earlier_than_so_many_working_days_before(now, ahead, remind_days):
    day = now.date() + timedelta(days=ahead)
    n = reached(CALENDAR, day, remind_days, now)
    left = CALENDAR.between(now.date(), day)
    if n is not None:
        assert left <= n
    else:
        assert left >= max(remind_days) or now.time() < MORNING or not CALENDAR.is_working(day)


@given(MOMENTS)
def test_a_retry_waits_for_the_morning(moment):
    again = by_day(moment)
    assert moment <= again <= moment + timedelta(hours=12)
    assert MORNING <= again.time() < EVENING
