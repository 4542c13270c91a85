import json
from datetime import date, datetime

import pytest

from portal.clock import ZONE
from portal.domain.workdays import DayKind
from portal.store.models.calendar import CalendarDay


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["calendar", "workday", *words])


@pytest.mark.parametrize(
    "start,counted",
    [
        ("2026-02-12", {1: "2026-02-13", 3: "2026-02-24", 5: "2026-02-26", 7: "2026-02-28", 15: "2026-03-11"}),
        ("2026-09-18", {1: "2026-09-20", 10: "2026-10-09"}),
        ("2026-09-30", {0: "2026-09-30", 1: "2026-10-08", 3: "2026-10-10"}),
    ],
)
def test_the_nth_working_day_after_a_date_is_printed(run, start, counted):
    for n, day in counted.items():
        answer = run(start, str(n))
        assert (answer.exit_code, answer.stdout, answer.stderr) == (0, f"{day}\n", "")


def test_the_offices_own_day_counts(session, run):
    entered = datetime(2026, 11, 1, tzinfo=ZONE)
    session.add(
        CalendarDay(day=date(2026, 12, 15), kind=DayKind.LOCAL, name="建区纪念日", source="通知", entered_at=entered)
    )
    session.commit()
    assert run("2026-12-14", "1").stdout == "2026-12-16\n"


def test_a_year_not_announced_is_warned_of_beside_the_answer(run):
    answer = run("2026-12-31", "1")
    assert (answer.stdout, "2027年放假安排尚未公布" in answer.stderr) == ("2027-01-04\n", True)
    assert json.loads(run("2026-12-31", "1", "--json").stdout) == {
        "from": "2026-12-31", "n": 1, "day": "2027-01-04", "weekday": "周一", "predicted": True
    }  # fmt: skip


@pytest.mark.parametrize(
    "words", [("2026-02-30", "1"), ("today", "1"), ("2026-02-12", "-1"), ("2026-02-12", "x"), ("2026-02-12",)]
)
def test_wrong_usage_exits_with_two(run, words):
    assert run(*words).exit_code == 2
