import json
from datetime import date

import pytest

from portal.store.queries.reception_days import days_between
from tests.builders import a_reception_day

YEAR = ["days", "plan", "--rule", "monthday:1", "--from", "2026-01", "--months", "12", "--on-holiday", "next"]


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=[*words])


def test_a_plan_is_listed_and_nothing_made(session, run):
    answer = run(*YEAR)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "2026-01-04 周日\t新建\t1月1日 周四是元旦（法定节假日），顺延至1月4日 周日（调休上班）。" in answer.stdout
    assert "可建立 12 个接待日" in answer.stdout
    assert days_between(session, date(2026, 1, 1)) == ()


def test_make_up_days_can_be_left_out(run):
    answer = json.loads(run(*YEAR, "--make-up-days", "no", "--json").stdout)
    assert (answer["make_up_days"], answer["days"][0]["day"]) == (False, "2026-01-05")


def test_json_tells_every_day_with_its_reason(run):
    answer = json.loads(run(*YEAR, "--json").stdout)
    assert [day["day"] for day in answer["days"]] == [
        "2026-01-04", "2026-02-02", "2026-03-02", "2026-04-01", "2026-05-06", "2026-06-01",
        "2026-07-01", "2026-08-03", "2026-09-01", "2026-10-08", "2026-11-02", "2026-12-01",
    ]  # fmt: skip
    assert (answer["applied"], answer["created"], answer["days"][3]["nominal"]) == (False, 0, "2026-04-01")
    assert not any(day["predicted"] for day in answer["days"])


@pytest.mark.parametrize(
    "rule,days",
    [
        ("monthday:1", "01-04 02-02 03-02 04-01 05-06 06-01 07-01 08-03 09-01 10-08 11-02 12-01"),
        ("weekday:1mon", "01-05 02-02 03-02 04-07 05-06 06-01 07-06 08-03 09-07 10-08 11-02 12-07"),
        ("monthday:15", "01-15 02-24 03-16 04-15 05-15 06-15 07-15 08-17 09-15 10-15 11-16 12-15"),
        ("monthday:21", "01-21 02-24 03-23 04-21 05-21 06-22 07-21 08-21 09-21 10-21 11-23 12-21"),
    ],
)
def test_the_year_2026_falls_on_the_days_of_the_official_calendar(run, rule, days):
    words = ["days", "plan", "--rule", rule, "--from", "2026-01", "--months", "12", "--on-holiday", "next", "--json"]
    answer = json.loads(run(*words).stdout)
    assert [day["day"] for day in answer["days"]] == [f"2026-{day}" for day in days.split()]
    assert [day["nominal"] == day["day"] for day in answer["days"]] == [
        "如期安排" in day["why"] for day in answer["days"]
    ]


def test_what_is_left_to_the_office_has_no_day(run):
    words = ["days", "plan", "--rule", "monthday:15", "--from", "2026-02", "--months", "1", "--on-holiday", "manual"]
    (day,) = json.loads(run(*words, "--json").stdout)["days"]
    assert (day["day"], day["outcome"], day["nominal"]) == (None, "open", "2026-02-15")
    assert "1 个日期待定" in run(*words).stdout


def test_so_many_a_year_are_proposed(run):
    words = ["days", "plan", "--rule", "yearly:4", "--from", "2026-01", "--months", "12", "--on-holiday", "next"]
    answer = json.loads(run(*words, "--json").stdout)
    assert [day["nominal"][5:] for day in answer["days"]] == ["02-15", "05-15", "08-15", "11-15"]
    assert all("协商确定" in day["why"] for day in answer["days"])


def test_applying_makes_the_days_and_a_second_time_leaves_them(session, run):
    first, second = (json.loads(run(*YEAR, "--apply", "--json").stdout) for _ in range(2))
    assert (first["created"], second["created"]) == (12, 0)
    assert {day["outcome"] for day in second["days"]} == {"standing"}
    assert len(days_between(session, date(2026, 1, 1))) == 12


def test_a_day_that_stands_is_said_so(session, run):
    session.add(a_reception_day(day=date(2026, 12, 1)))
    session.commit()
    assert "2026-12-01 周二\t已有，保持不变，已发布" in run(*YEAR, "--apply").stdout


def test_a_skipped_month_has_no_day(run):
    words = ["days", "plan", "--rule", "weekday:1thu", "--from", "2026-10", "--months", "1", "--on-holiday", "skip"]
    (day,) = json.loads(run(*words, "--json").stdout)["days"]
    assert (day["day"], day["outcome"], day["nominal"]) == (None, "skipped", "2026-10-01")
    assert "不安排" in run(*words).stdout


def test_a_year_not_announced_is_marked(run):
    words = ["days", "plan", "--rule", "weekday:2fri", "--from", "2027-01", "--months", "1", "--on-holiday", "next"]
    assert "放假安排尚未公布" in run(*words).stdout


def test_a_rule_nobody_can_read_is_refused_on_stderr(run):
    answer = run("days", "plan", "--rule", "monthly", "--from", "2026-01", "--months", "1", "--on-holiday", "next")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "接待日规则“monthly”无法识别" in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        YEAR[:-2],
        [*YEAR, "--make-up-days", "maybe"],
        [*YEAR[:5], "2026", *YEAR[6:]],
        [*YEAR[:5], "2026-13", *YEAR[6:]],
        [*YEAR[:7], "0", *YEAR[8:]],
        [*YEAR[:7], "61", *YEAR[8:]],
        [*YEAR[:-1], "somehow"],
    ],
)
def test_wrong_usage_exits_with_two(run, words):
    assert run(*words).exit_code == 2
