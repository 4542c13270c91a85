from datetime import date

import pytest
from hypothesis import strategies as st

from portal.domain.leaves import LONGEST_DAYS, Span, asked_too_late, leave_problems, notice_day
from portal.domain.workdays import WorkingCalendar

TODAY = date(2026, 11, 22)
TUESDAY = date(2026, 12, 15)
PLAIN = WorkingCalendar({}, lambda _: None, lambda _: {})
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


def fields(first, last, reason="外出培训"):
    return [it.field for it in leave_problems(Span(first, last), reason, today=TODAY)]


def test_a_leave_of_one_day_or_more_with_a_reason_is_in_order():
    assert fields(TUESDAY, TUESDAY) == fields(TODAY, TUESDAY) == []


def test_what_is_wrong_is_said_beside_its_field():
    assert fields(TUESDAY, date(2026, 12, 14)) == ["last"]
    assert fields(date(2026, 11, 1), date(2026, 11, 21)) == ["last"]
    assert fields(TUESDAY, date(2028, 12, 15)) == ["last"]
    assert fields(TUESDAY, TUESDAY, "") == ["reason"]
    assert fields(TUESDAY, TUESDAY, "长" * 151) == ["reason"]


def test_a_leave_may_have_begun_already_but_not_be_over():
    assert fields(date(2026, 11, 1), TODAY) == []
    assert fields(TODAY, date.fromordinal(TODAY.toordinal() + LONGEST_DAYS - 1)) == []


@pytest.mark.parametrize(
    "today, late", [(date(2026, 12, 8), False), (date(2026, 12, 9), True), (TUESDAY, True), (TODAY, False)]
)
def test_five_working_days_before_the_turn_is_the_last_moment(today, late):
    assert notice_day(PLAIN, TUESDAY, 5) == date(2026, 12, 8)
    assert asked_too_late(PLAIN, TUESDAY, today, 5) is late


def test_without_a_lead_leave_may_be_asked_on_the_day_itself():
    assert not asked_too_late(PLAIN, TUESDAY, TUESDAY, 0)


def test_a_span_is_written_as_people_write_it():
    assert Span(TUESDAY, TUESDAY).text(TODAY) == "12月15日 周二"
    assert Span(TUESDAY, date(2027, 1, 3)).text(TODAY) == "12月15日 周二至2027年1月3日 周日"
    assert Span(date(2027, 1, 3), date(2027, 1, 4)).text(TODAY) == "2027年1月3日 周日至1月4日 周一"
