"""Urging in order and not too often: when the next colour may follow, when a unit may be urged again, what to do next."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.urging import (
    FAILED,
    DirectGround,
    Late,
    Standing,
    Step,
    Urged,
    direct_problems,
    latest_day_before,
    next_step,
    possible_from,
    repeated,
    skipped_colour,
)

CALENDAR = working_calendar({}, {})
MADE = date(2026, 12, 7)
REPLY = date(2026, 12, 14)
AFTER = date(2026, 12, 15)
BLUE = Urged("督1", PaperKind.SUPERVISION, UrgingColour.BLUE, "督查室", MADE, REPLY)
YELLOW = replace(BLUE, number="督2", colour=UrgingColour.YELLOW)
RED = replace(BLUE, number="督3", colour=UrgingColour.RED)
REMINDER = replace(BLUE, number="催1", kind=PaperKind.REMINDER, colour=None, made_by="工商联办公室")
GOOD = replace(BLUE, replied_on=REPLY)


@pytest.mark.parametrize(
    "paper, today, standing",
    [
        (BLUE, REPLY, Standing.WAITING),
        (BLUE, AFTER, Standing.UNANSWERED),
        (GOOD, AFTER, Standing.ANSWERED),
        (replace(BLUE, replied_on=AFTER), AFTER, Standing.LATE),
        (replace(GOOD, is_poor=True), AFTER, Standing.POOR),
        (replace(GOOD, promised_on=AFTER), AFTER, Standing.ANSWERED),
        (replace(GOOD, promised_on=REPLY), AFTER, Standing.BROKEN),
    ],
)
def test_where_an_answer_stands(paper, today, standing):
    assert paper.standing(today) is standing


@pytest.mark.parametrize(
    "colour, earlier, follows",
    [
        (UrgingColour.BLUE, [], True),
        (None, [], True),
        (UrgingColour.YELLOW, [], False),
        (UrgingColour.YELLOW, [REMINDER], False),
        (UrgingColour.YELLOW, [BLUE], True),
        (UrgingColour.YELLOW, [GOOD], False),
        (UrgingColour.YELLOW, [replace(GOOD, is_poor=True)], True),
        (UrgingColour.RED, [BLUE], False),
        (UrgingColour.RED, [BLUE, YELLOW], True),
        (UrgingColour.RED, [BLUE, replace(YELLOW, replied_on=REPLY)], False),
    ],
)
def test_a_colour_follows_only_the_failed_one_before_it(colour, earlier, follows):
    assert (skipped_colour(colour, earlier, AFTER) == "") is follows


def test_before_its_reply_date_has_passed_a_paper_has_not_failed():
    assert "等待回复" in skipped_colour(UrgingColour.YELLOW, [BLUE], REPLY)


@pytest.mark.parametrize(
    "ground, why, fields",
    [
        (None, "", []),
        (DirectGround.URGENT, "企业停产", []),
        (DirectGround.URGENT, "急", ["why_direct"]),
        (DirectGround.URGENT, "长" * 201, ["why_direct"]),
        (None, "企业停产", ["ground"]),
    ],
)
def test_a_direct_step_has_a_ground_and_its_reason(ground, why, fields):
    assert [it.field for it in direct_problems(ground, why)] == fields


def test_whoever_urged_last_counts_whatever_office_it_was():
    said = repeated([REMINDER, replace(BLUE, made_on=date(2026, 12, 8))], 3, CALENDAR, date(2026, 12, 10))
    assert "督查室已于12月8日 周二" in said
    assert "最早12月11日 周五可以再发" in said
    assert repeated([REMINDER], 3, CALENDAR, date(2026, 12, 10)) == ""
    assert possible_from([REMINDER], 0, CALENDAR) is None


@given(made=st.dates(date(2026, 1, 1), date(2026, 11, 1)), days=st.integers(0, 40), every=st.integers(1, 10))
def test_the_lists_day_and_the_rule_say_the_same(made, days, every):
    today = made + timedelta(days=days)
    free = repeated([replace(BLUE, made_on=made)], every, CALENDAR, today) == ""
    assert free is (made <= latest_day_before(today, every, CALENDAR))


def proposed(late, today=AFTER, *, supervises=True):
    return next_step(late, supervises=supervises, every=3, escalate_days=5, calendar=CALENDAR, today=today)


@pytest.mark.parametrize(
    "late, step",
    [
        (Late(2), Step.BLUE),
        (Late(2, (replace(REMINDER, reply_by=date(2026, 12, 16)),)), Step.WAIT),
        (Late(2, (REMINDER,)), Step.BLUE),
        (Late(2, (BLUE,)), Step.YELLOW),
        (Late(2, (BLUE, YELLOW)), Step.RED),
        (Late(2, (BLUE, YELLOW, RED)), Step.MEASURE),
        (Late(2, (BLUE, YELLOW, RED), has_measure=True, measure_until=AFTER), Step.WAIT),
        (Late(2, (BLUE, YELLOW, RED), has_measure=True, measure_until=REPLY), Step.ESCALATE),
        (Late(2, (replace(GOOD, promised_on=date(2026, 12, 20)),)), Step.WAIT),
        (Late(2, (GOOD,)), Step.BLUE),
    ],
)
def test_what_the_supervision_office_does_next(late, step):
    found = proposed(late)
    assert found.step is step
    assert found.why


@pytest.mark.parametrize(
    "late, step",
    [
        (Late(2), Step.REMIND),
        (Late(2, (REMINDER,)), Step.REMIND),
        (Late(6, (REMINDER,)), Step.ESCALATE),
        (Late(6, (REMINDER,), is_escalated=True), Step.REMIND),
        (Late(6, (replace(REMINDER, reply_by=AFTER),)), Step.WAIT),
    ],
)
def test_what_the_office_does_next(late, step):
    assert proposed(late, supervises=False).step is step


def test_a_step_the_limit_forbids_names_its_day():
    hurried = replace(BLUE, made_on=date(2026, 12, 14), reply_by=date(2026, 12, 14))
    found = proposed(Late(2, (hurried,)))
    assert (found.step, found.from_on) == (Step.WAIT, date(2026, 12, 17))
    assert "发黄色督办单" in found.why


def test_every_standing_is_either_a_failure_or_waits_or_does():
    assert set(Standing) - FAILED == {Standing.WAITING, Standing.ANSWERED}
