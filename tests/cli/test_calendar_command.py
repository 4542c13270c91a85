import json
from datetime import date, datetime

import pytest

from portal import clock
from portal.clock import ZONE
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.domain.workdays import DayKind
from portal.store.models.calendar import CalendarDay
from tests.builders import a_reception_day


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["calendar", "workday", *words])


@pytest.mark.parametrize(
    "start,days",
    [
        ("2026-02-12", "02-13 02-24 02-26 02-28 03-04 03-11"),
        ("2026-04-30", "05-06 05-08 05-11 05-13 05-18 05-25"),
        ("2026-09-18", "09-20 09-22 09-24 09-29 10-09 10-15"),
        ("2026-09-24", "09-28 09-30 10-09 10-12 10-15 10-22"),
        ("2026-09-30", "10-08 10-10 10-13 10-15 10-20 10-27"),
    ],
)
def test_the_nth_working_day_after_a_date_is_printed(run, start, days):
    for n, day in zip((1, 3, 5, 7, 10, 15), days.split(), strict=True):
        answer = run(start, str(n))
        assert (answer.exit_code, answer.stdout, answer.stderr) == (0, f"2026-{day}\n", "")
    assert run(start, "0").stdout == f"{start}\n"


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


@pytest.fixture
def import_(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["calendar", "import", *map(str, words)])


ARRANGEMENT = {
    "year": 2027,
    "papers": ["https://www.gov.cn/示例.htm"],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "春节", "date": "2027-02-05", "isOffDay": True},
        {"name": "春节", "date": "2027-02-20", "isOffDay": False},
    ],
}


def test_an_import_is_shown_first_and_applied_with_yes(import_, run, tmp_path):
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(ARRANGEMENT), encoding="utf-8")
    shown = import_(file)
    assert shown.exit_code == 0
    assert "2027-02-20 周六\t新增\t周末 → 调休上班" in shown.stdout
    assert "没有改动" in shown.stdout
    assert run("2027-02-19", "1").stdout == "2027-02-22\n"
    data = json.loads(import_(file, "--yes", "--json").stdout)
    assert (data["year"], data["applied"], data["days"], data["source"]) == (2027, True, 3, ARRANGEMENT["papers"][0])
    assert {
        "day": "2027-02-20",
        "effect": "added",
        "before": "weekend",
        "after": "make_up",
        "name": "春节",
        "past": False,
    } in data["changes"]
    answer = run("2027-02-19", "1")
    assert (answer.stdout, answer.stderr) == ("2027-02-20\n", "")


@pytest.mark.parametrize("name", ["2027.csv", "通知.txt"])
def test_tables_and_notices_are_imported_as_well(import_, run, tmp_path, name):
    notice = "关于2027年部分节假日安排的通知\n一、春节：2月5日（周五）放假，共1天。2月20日（周六）上班。"
    table = "日期,名称,安排\n2027-02-05,春节,放假\n2027-02-20,春节,上班\n"
    file = tmp_path / name
    file.write_bytes((notice if name.endswith("txt") else table).encode("gb18030"))
    assert import_(file, "--yes", "--source", "安政办发〔2026〕30号").exit_code == 0
    assert run("2027-02-19", "1").stdout == "2027-02-20\n"


def test_a_notice_within_the_year_leaves_the_other_holidays(import_, run, tmp_path):
    file = tmp_path / "调整.txt"
    file.write_text("关于调整2026年国庆节假期安排的通知\n一、国庆节：10月1日至6日放假，共6天。", encoding="utf-8")
    assert import_(file, "--partial", "--yes").exit_code == 0
    assert run("2026-09-30", "1").stdout == "2026-10-07\n"
    assert run("2026-02-12", "7").stdout == "2026-02-28\n"


def test_what_no_longer_fits_the_calendar_is_listed_and_moved_with_yes(app, session):
    clock.stand_at(datetime(2026, 1, 5, 9, 0, tzinfo=ZONE))
    day = date(2026, 2, 20)
    session.add(
        a_reception_day(day=day, state=DayState.PLANNED, nominal=day, on_holiday=OnHoliday.NEXT, rule="monthday:20")
    )
    session.commit()
    runner = app.test_cli_runner()
    shown = runner.invoke(args=["calendar", "recount"])
    assert (shown.exit_code, "2026-02-20 → 2026-02-24" in shown.stdout) == (0, True)
    data = json.loads(runner.invoke(args=["calendar", "recount", "--yes", "--json"]).stdout)
    assert (data["applied"], data["reception_days"][0]["to"]) == (True, "2026-02-24")
    again = runner.invoke(args=["calendar", "recount", "--yes"])
    assert (again.exit_code, "与现行日历相符" in again.stderr) == (1, True)


def test_a_wrong_file_is_refused_with_every_wrong_row(import_, tmp_path):
    file = tmp_path / "2027.csv"
    file.write_text("日期,名称,安排\n2027-02-30,春节,放假\n2027-02-20,春节,也许\n", encoding="utf-8")
    answer = import_(file, "--yes")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "第 2 行：日期“2027-02-30”不存在" in answer.stderr
    assert "第 3 行：安排“也许”无法识别" in answer.stderr
    absent = import_(tmp_path / "absent.json")
    assert (absent.exit_code, "没有这个文件" in absent.stderr) == (1, True)
    assert import_(file, "--year", "1").exit_code == 2
