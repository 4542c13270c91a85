"""When due work is done again."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.job_runs import FAILING_AFTER, JobHealth, health, is_due, pause_after

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("failures, minutes", [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (400, 60)])
def test_the_more_often_a_job_has_failed_the_longer_the_pause_up_to_an_hour(failures, minutes):
    assert pause_after(MINUTE, failures) == minutes * MINUTE


def test_a_job_that_is_seldom_anyway_keeps_its_pace():
    assert pause_after(6 * HOUR, 0) == pause_after(6 * HOUR, 3) == 6 * HOUR


@pytest.mark.parametrize(
    "next_at, due",
    [
        (None, True),
        (AT, True),
        (AT + timedelta(seconds=4), True),
        (AT + timedelta(seconds=20), False),
        (AT + timedelta(minutes=55), False),
        (AT + timedelta(hours=2), True),
    ],
)
def test_a_turn_comes_at_its_time_and_at_once_when_the_clock_was_set_back(next_at, due):
    assert is_due(next_at, MINUTE, at=AT) is due


@pytest.mark.parametrize(
    "began, ended, failures, held, stands",
    [
        (None, None, 0, False, JobHealth.NEVER),
        (AT, None, 0, True, JobHealth.RUNNING),
        (AT, AT - HOUR, 0, True, JobHealth.RUNNING),
        (AT, AT + MINUTE, 0, True, JobHealth.FINE),
        (AT, None, 1, False, JobHealth.RETRYING),
        (AT, AT + MINUTE, FAILING_AFTER, False, JobHealth.FAILING),
    ],
)
def test_a_job_stands_as_its_last_run_says(began, ended, failures, held, stands):
    assert health(began_at=began, ended_at=ended, failures=failures, is_held=held) is stands
