from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.domain.receipts import (
    PaperReceipt,
    ReceiptRate,
    ReceiptStanding,
    is_late,
    lateness,
    lateness_in_full,
    paper_problem,
    receipt_limit,
    standing_of,
)

CALENDAR = working_calendar({}, {})
DAYS_OF_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    "issued,days,due",
    [
        (date(2026, 2, 12), 1, date(2026, 2, 13)),
        (date(2026, 2, 12), 3, date(2026, 2, 24)),
        (date(2026, 4, 30), 1, date(2026, 5, 6)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 24), 1, date(2026, 9, 28)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
    ],
)
def test_units_sign_within_working_days_of_the_issue_festivals_and_make_up_days_counted(issued, days, due):
    assert receipt_limit(CALENDAR, issued, days).due == due


@pytest.mark.parametrize(
    "due,received,today,said",
    [
        (date(2026, 9, 30), date(2026, 9, 30), date(2026, 12, 1), ""),
        (date(2026, 9, 30), date(2026, 10, 8), date(2026, 12, 1), "逾期签收 1 个工作日"),
        (date(2026, 9, 30), date(2026, 10, 10), date(2026, 12, 1), "逾期签收 3 个工作日"),
        (date(2026, 9, 30), date(2026, 10, 3), date(2026, 12, 1), "逾期签收 不足 1 个工作日"),
        (date(2026, 9, 30), None, date(2026, 9, 30), ""),
        (date(2026, 9, 30), None, date(2026, 10, 9), "已逾期 2 个工作日"),
        (None, date(2026, 10, 10), date(2026, 12, 1), ""),
        (None, None, date(2026, 12, 1), ""),
    ],
)
def test_lateness_is_counted_in_working_days_and_the_last_day_is_in_time(due, received, today, said):
    assert lateness(CALENDAR, due, received, today) == said


def test_where_the_last_day_does_not_stand_beside_it_is_named():
    said = lateness_in_full(CALENDAR, date(2026, 11, 23), None, date(2026, 11, 25))
    assert said == "应于11月23日 周一前签收，已逾期 2 个工作日"


@given(DAYS_OF_2026, st.integers(1, 30), st.integers(0, 60))
def test_a_receipt_is_late_exactly_when_more_working_days_have_passed_than_allowed_or_a_rest_day_after_them(
    issued, days, waited
):
    due = receipt_limit(CALENDAR, issued, days).due
    received = issued + timedelta(days=waited)
    late = is_late(due, received, received)
    assert late == (received > due)
    if CALENDAR.between(issued, received) > days:
        assert late
    if CALENDAR.between(issued, received) < days:
        assert not late
    assert bool(lateness(CALENDAR, due, received, received)) == late
    assert is_late(due, None, received) == late


@given(DAYS_OF_2026, st.integers(1, 30))
def test_the_limit_ends_on_a_working_day_after_the_issue(issued, days):
    due = receipt_limit(CALENDAR, issued, days).due
    assert due > issued
    assert CALENDAR.is_working(due)
    assert CALENDAR.between(issued, due) == days


@pytest.mark.parametrize(
    "given_,field",
    [
        (PaperReceipt(1, 2, "", date(2026, 11, 20)), "received_by"),
        (PaperReceipt(1, 2, "长" * 41, date(2026, 11, 20)), "received_by"),
        (PaperReceipt(1, 2, "张示宁", None), "received_on"),
        (PaperReceipt(1, 2, "张示宁", date(2026, 11, 23)), "received_on"),
        (PaperReceipt(1, 2, "张示宁", date(2026, 11, 15)), "received_on"),
    ],
)
def test_a_paper_says_who_and_when_not_before_the_signature_nor_tomorrow(given_, field):
    problem = paper_problem(given_, date(2026, 11, 16), date(2026, 11, 22))
    assert problem is not None
    assert problem.field == field


def test_a_unit_may_sign_in_the_room_on_the_day_of_the_signature():
    given_ = PaperReceipt(1, 2, "张示宁", date(2026, 11, 16))
    assert paper_problem(given_, date(2026, 11, 16), date(2026, 11, 22)) is None


def test_how_far_a_slip_has_got_in_a_unit():
    assert standing_of(read=False, received=False, handed_on=False) is ReceiptStanding.UNREAD
    assert standing_of(read=True, received=False, handed_on=False) is ReceiptStanding.READ
    assert standing_of(read=False, received=True, handed_on=False) is ReceiptStanding.RECEIVED
    assert standing_of(read=True, received=True, handed_on=True) is ReceiptStanding.HANDED_ON


def test_a_rate_of_nothing_is_a_dash_and_what_is_missing_counts_against_it():
    assert ReceiptRate().percent == "—"
    assert ReceiptRate(in_time=2, late=0, missing=1).percent == "66.7%"
    assert ReceiptRate(0, 0, 4).percent == "0.0%"
