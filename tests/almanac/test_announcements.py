import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.announcements import arrangement, as_json, read_date, read_json, read_rows
from portal.almanac.notices import read_notice
from portal.domain.arrangements import MOST_PROBLEMS, NamedDay, NotReadable, Origin
from portal.domain.workdays import DayFact, DayKind, DaySource
from tests.notice_texts import NOTICE_2026

DAYS = [
    {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
    {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
    {"name": "元旦", "date": "2026-12-26", "isOffDay": False},
    {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
]
HEAD = (1, ("日期", "名称", "安排"))


def a_file(days=DAYS, **given):
    return json.dumps({"year": 2027, "papers": ["https://www.gov.cn/示例.htm"], "days": days} | given)


def problems(read, *words, **given):
    with pytest.raises(NotReadable) as caught:
        read(*words, **given)
    return caught.value.problems


def test_the_form_of_holiday_cn_is_read_with_the_december_before():
    read = read_json(a_file())
    assert [(fact.day, fact.kind) for fact in read.days] == [
        (date(2026, 12, 26), DayKind.MAKE_UP),
        (date(2026, 12, 31), DayKind.DAY_OFF),
        (date(2027, 1, 1), DayKind.STATUTORY),
        (date(2027, 1, 2), DayKind.WEEKEND),
    ]
    assert (read.year, read.origin, read.source) == (2027, Origin.JSON, "https://www.gov.cn/示例.htm")
    assert read.days[0] == DayFact(date(2026, 12, 26), DayKind.MAKE_UP, "元旦", DaySource.IMPORTED)


def test_what_was_written_as_json_is_read_back_the_same():
    read = read_notice(NOTICE_2026)
    again = read_json(as_json(read), source=read.source)
    assert (again.year, again.days, again.papers, again.source) == (read.year, read.days, read.papers, read.source)


@pytest.mark.parametrize(
    "text,said",
    [
        ("{", "不是完整的 JSON（第 1 行附近）"),
        ("[1]", "JSON 须写成"),
        ('{"year": 2027}', "JSON 须写成"),
        ('{"days": []}', "缺少年份"),
        ('{"year": true, "days": []}', "缺少年份"),
        ('{"year": 2027, "days": []}', "没有读到任何一天"),
        ('{"year": 1999, "days": [{"name":"元旦","date":"1999-01-01","isOffDay":true}]}', "年份 1999 不在"),
        (a_file(["元旦"]), "第 1 项：不是一天的安排"),
        (a_file([*DAYS, {"name": "春节", "date": "2027-02-30", "isOffDay": True}]), "第 5 项：日期“2027-02-30”不存在"),
        (a_file([DAYS[0] | {"isOffDay": 1}]), "第 1 项：isOffDay 应为"),
        (a_file([DAYS[0] | {"name": 5}]), "第 1 项：name 应为"),
        (a_file([DAYS[0] | {"name": " "}]), "第 1 项：2027年1月1日放假，请写明节日名称"),
        (a_file([DAYS[0] | {"date": "2026-11-30"}]), "第 1 项：2026年11月30日不属于2027年的安排"),
        (a_file([DAYS[0] | {"date": "2027-01-04", "isOffDay": False}]), "本来就上班"),
        (a_file([DAYS[0], DAYS[1], DAYS[0]]), "2027年1月1日出现了 2 次（第 1 项、第 3 项）"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(text, said):
    assert said in problems(read_json, text)[0]


def test_a_file_of_another_year_than_asked_for_is_refused():
    assert "与指定的2028年不同" in problems(read_json, a_file(), year=2028)[0]


def test_more_problems_than_anybody_corrects_at_once_are_cut():
    found = problems(read_json, a_file([{"date": "x", "isOffDay": True}] * 50))
    assert len(found) == MOST_PROBLEMS + 1
    assert "另有 20 处问题" in found[-1]


def test_the_rows_of_a_table_are_read_whatever_their_columns_order():
    rows = [
        (1, ("示例数据：单位、企业、人员均为虚构。", "", "")),
        (2, ("安排", "星期", "日期", "名称")),
        (3, ("放假", "五", datetime(2027, 1, 1), "元旦")),
        (4, ("", "", "", "")),
        (5, ("上班", "六", "2027/2/20", "春节")),
        (6, ("地方假日", "四", date(2027, 4, 8), "安澜节")),
        (7, ("调休上班", "日", 20270214.0, "春节")),
        (8, ("法定节假日", "二", "2026年12月29日", "示例")),
    ]
    read = read_rows(rows, source="安政办发〔2026〕30号")
    assert {fact.day: fact.kind for fact in read.days} == {
        date(2027, 1, 1): DayKind.STATUTORY,
        date(2027, 2, 20): DayKind.MAKE_UP,
        date(2027, 4, 8): DayKind.LOCAL,
        date(2027, 2, 14): DayKind.MAKE_UP,
        date(2026, 12, 29): DayKind.STATUTORY,
    }
    assert (read.year, read.origin, read.source) == (2027, Origin.TABLE, "安政办发〔2026〕30号")


def test_every_wrong_row_is_named_by_its_number():
    rows = [HEAD, (2, ("2027-02-30", "春节", "放假")), (3, ("2027-02-05", "春节", "大概放")), (4, ("", "春节", "放假"))]
    assert problems(read_rows, rows) == (
        "第 2 行：日期“2027-02-30”不存在或格式不对，应写成 2027-01-01。",
        "第 3 行：安排“大概放”无法识别，请写“放假”或“上班”。",
        "第 4 行：日期“”不存在或格式不对，应写成 2027-01-01。",
    )


@pytest.mark.parametrize(
    "rows,said",
    [
        ([], "没有找到表头"),
        ([(1, ("2027-01-01", "元旦", "放假"))], "没有找到表头"),
        ([(1, ("日期", "备注"))], "表头缺少“名称”“安排”一列"),
        ([HEAD], "表格里没有任何一天"),
    ],
)
def test_a_table_without_heading_or_rows_is_refused(rows, said):
    assert said in problems(read_rows, rows)[0]


def test_a_source_longer_than_the_record_keeps_is_refused():
    days = [NamedDay(date(2027, 1, 1), "元旦", True)]
    assert "依据最多" in problems(arrangement, 2027, days, source="长" * 201, origin=Origin.TABLE)[0]


@given(st.dates(date(2004, 1, 1), date(2100, 12, 31)))
def test_a_date_is_understood_however_it_is_written(day):
    for written in (day, f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day.year}.{day.month}.{day.day}",
                    f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", f" {day:%Y-%m-%d} 00:00:00"):  # fmt: skip
        assert read_date(written) == day


@given(st.one_of(st.text(max_size=12), st.floats(), st.none(), st.booleans()))
def test_whatever_is_no_date_is_none_and_never_an_error(given_value):
    found = read_date(given_value)
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize("is_off,kind", [(True, "调休上班"), (False, "调休放假")])
def test_a_day_that_is_off_and_worked_at_once_is_refused(is_off, kind):
    days = [{"name": "元旦", "date": "2027-01-02", "isOffDay": is_off, "kind": kind}]
    (said,) = problems(read_json, a_file(days))
    assert said == f"第 1 项：isOffDay 与 kind（{kind}）相互矛盾，请核对。"


def test_a_refusal_repeats_only_the_beginning_of_what_is_too_long():
    (said,) = problems(read_json, a_file([{"name": "元旦", "date": "错" * 5_000, "isOffDay": True}]))
    assert said == f"第 1 项：日期“{'错' * 30}…”不存在或格式不对，应写成 2027-01-01。"
