from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.notices import looks_like_a_notice, read_notice
from portal.almanac.official import official_days
from portal.domain.arrangements import NotReadable, Origin
from portal.domain.workdays import DayKind
from tests.notice_texts import NOTICE_2024, NOTICE_2025, NOTICE_2026, NOTICE_2027, Item, notice_of


def one_item(words, year=2026):
    return f"国务院办公厅关于{year}年部分节假日安排的通知\n一、{words}"


def read_days(words, year=2026):
    return {fact.day: fact.kind for fact in read_notice(one_item(words, year)).days}


def problem(text, **given):
    with pytest.raises(NotReadable) as caught:
        read_notice(text, **given)
    return caught.value


@pytest.mark.parametrize("year,text", [(2024, NOTICE_2024), (2025, NOTICE_2025), (2026, NOTICE_2026)])
def test_the_notice_of_a_year_says_what_the_calendar_package_knows(year, text):
    read = {fact.day: fact for fact in read_notice(text).days}
    known = official_days(year)
    assert {day: fact.kind for day, fact in read.items()} == {day: fact.kind for day, fact in known.items()}
    assert all(known[day].name in fact.name for day, fact in read.items())


def test_year_source_and_number_come_from_the_heading():
    arrangement = read_notice(NOTICE_2026)
    assert (arrangement.year, arrangement.origin) == (2026, Origin.NOTICE)
    assert arrangement.source == "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"


def test_a_source_that_was_given_is_kept_and_the_notice_is_its_paper():
    arrangement = read_notice(NOTICE_2027, source="安政办发〔2026〕30号")
    assert arrangement.source == "安政办发〔2026〕30号"
    assert arrangement.papers == ("国务院办公厅关于2027年部分节假日安排的通知",)


def test_a_holiday_may_begin_in_the_december_before():
    expected = {
        date(2024, 12, 31): DayKind.DAY_OFF,
        date(2025, 1, 1): DayKind.STATUTORY,
        date(2025, 1, 2): DayKind.DAY_OFF,
    }
    plain = "元旦：12月31日（周二）至1月2日（周四）放假调休，共3天。12月29日（周日）上班。"
    dated = "元旦：2024年12月31日至2025年1月2日放假调休，共3天。2024年12月29日（星期日）上班。"
    for words in (plain, dated):
        assert read_days(words, 2025) == expected | {date(2024, 12, 29): DayKind.MAKE_UP}


def test_a_weekend_that_is_joined_may_be_counted_or_not():
    for words in ("端午节：6月19日（周五）放假，与周末连休。", "端午节：6月19日放假，与周末连休，共3天。"):
        assert read_days(words) == {date(2026, 6, 19): DayKind.STATUTORY}


def test_several_spans_and_a_day_in_lieu_are_read():
    words = "清明节：4月5日（周日）放假，4月6日（星期一）补休。"
    assert read_days(words) == {date(2026, 4, 5): DayKind.STATUTORY, date(2026, 4, 6): DayKind.DAY_OFF}
    several = "国庆节：10月1日至3日、10月5日放假。9月20日（周日）、10月10日（周六）均正常上班。"
    assert len(read_days(several)) == 6


def test_a_year_outside_the_heading_may_be_given():
    text = "一、元旦：1月1日（周五）放假1天。"
    assert read_notice(text, year=2027).year == 2027
    assert "请在“年份”里填写" in problem(text).message
    assert problem(NOTICE_2026, year=2027).field == "year"


@pytest.mark.parametrize(
    "words,said",
    [
        ("元旦：1月1日（周五）至3日（周六）放假调休，共3天。", "2026年1月1日写作“周五”，实际是周四"),
        ("元旦：1月1日至3日放假调休，共4天。", "写明共 4 天，按日期是 3 天"),
        ("元旦：1月1日放假2天，不调休。", "写明放假 2 天，按日期是 1 天"),
        ("春节：2月28日至30日放假，共3天。", "2026年2月30日不存在"),
        ("春节：2月23日至15日放假。", "先后不对"),
        ("春节：15日放假。", "没有写明月份"),
        ("春节：2月15日至23日放假调休。2月14日（周日）上班。", "2026年2月14日写作“周日”，实际是周六"),
        ("春节：2月15日大约放假。", "看不懂“大约放假”"),
        ("春节：另行通知。", "没有读到放假日期"),
        ("春节：放假调休，2月15日。上班，2月14日。", "“放假”前没有日期"),
        ("春节：2月15日至放假。", "没有写明是放假还是上班"),
    ],
)
def test_what_does_not_fit_the_calendar_is_refused_at_its_place(words, said):
    refusal = problem(one_item(words))
    assert said in refusal.message
    assert f"第1项（{words[:2]}）" in refusal.message


def test_every_problem_is_named_at_once():
    text = NOTICE_2026.replace("（周四）", "（周五）").replace("共9天", "共8天")
    refusal = problem(text)
    assert len(refusal.problems) == 3
    assert [it.split("：")[0] for it in refusal.problems] == ["第1项（元旦）", "第2项（春节）", "第7项（国庆节）"]


def test_a_text_without_items_is_refused():
    assert "没有找到" in problem("关于2026年放假安排的通知，1月1日放假。").message
    assert not looks_like_a_notice("日期,名称,安排\n2027-01-01,元旦,放假")
    assert looks_like_a_notice(NOTICE_2024)


@st.composite
def arrangements(draw):
    """Some holidays of a year that do not touch, the first of which may begin in the December before."""
    year = draw(st.integers(2005, 2099))
    names = ["元旦", "春节", "清明节", "劳动节", "端午节", "国庆节、中秋节"]
    months = [0, 2, 4, 5, 6, 10]
    items = []
    for name, month in zip(names, months, strict=True):
        first = date(year - 1, 12, 30) if month == 0 else date(year, month, 1)
        first += timedelta(days=draw(st.integers(0, 10)))
        last = first + timedelta(days=draw(st.integers(0, 8)))
        weekend = [last + timedelta(days=step) for step in range(1, 9)]
        free = [day for day in weekend if day.weekday() >= 5 and (day.year, day.month) != (year, 12)]
        items.append(Item(name, first, last, free[: draw(st.integers(0, 2))]))
    return year, items


@given(arrangements())
def test_what_was_printed_is_read_back(case):
    year, items = case
    read = {fact.day: fact.is_working for fact in read_notice(notice_of(year, items)).days}
    off = {it.first + timedelta(days=step): False for it in items for step in range((it.last - it.first).days + 1)}
    assert read == off | {day: True for it in items for day in it.made_up}


@given(arrangements(), st.integers(1, 5))
def test_a_wrong_count_is_never_taken(case, more):
    year, items = case
    length = (items[1].last - items[1].first).days + 1
    text = notice_of(year, items[1:2]).replace(f"共{length}天", f"共{length + more}天")
    assert "按日期是" in problem(text).message
