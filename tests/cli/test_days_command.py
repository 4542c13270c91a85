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
