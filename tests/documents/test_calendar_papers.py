import io
import random
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from portal.documents.calendar_fit import month_settings, year_settings
from portal.documents.calendar_papers import month_paper, roster_paper, year_paper
from portal.documents.typesetter import place
from portal.domain.errors import RuleBroken
from tests.documents.calendar_sheet_builders import (
    LONG_POST,
    LONG_VENUE,
    a_month_sheet,
    a_reception_line,
    a_roster_sheet,
    a_year_sheet,
    every,
)
from tests.documents.slip_sheets import fonts_of, page_texts

FIVE = {"leaders": 5, "post": "区委常委、政法委书记"}
FAR_TOO_MUCH = {"leaders": 5, "post": LONG_POST, "venue": LONG_VENUE}
SIX_WEEKS = (2026, 8)
A4 = (210, 297)


def sizes(pdf):
    """Every page's width and height in millimetres."""
    boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
    return [(round(float(it.width) * 25.4 / 72), round(float(it.height) * 25.4 / 72)) for it in boxes]


@pytest.mark.parametrize(
    "sheet",
    [
        a_month_sheet(),
        a_month_sheet(2026, 2, days=()),
        a_month_sheet(*SIX_WEEKS, days=(3, 10, 17, 24, 31), **FIVE),
        a_month_sheet(*SIX_WEEKS, days=(3, 10, 17, 24, 31), **FAR_TOO_MUCH),
        a_month_sheet(*SIX_WEEKS, days=tuple(range(1, 32)), **FAR_TOO_MUCH),
    ],
    ids=["typical", "nothing", "five a day", "far too much", "every day far too much"],
)
def test_a_month_is_one_lying_a4(sheet):
    assert sizes(month_paper(sheet)) == [A4[::-1]]


@pytest.mark.parametrize(
    "sheet",
    [
        a_year_sheet(),
        a_year_sheet([]),
        a_year_sheet(**FIVE),
        a_year_sheet(every(7), **FIVE),
        a_year_sheet(every(7), **FAR_TOO_MUCH),
    ],
    ids=["typical", "nothing", "sixty leaders", "every week", "every week far too much"],
)
def test_a_year_is_one_a4(sheet):
    assert sizes(year_paper(sheet)) == [A4]


def test_a_long_note_and_a_warning_do_not_push_a_calendar_onto_a_second_page():
    around = {"note": f"（只列：吴示宁、{LONG_VENUE * 2}）", "warning": "2027年放假安排尚未公布，公布后可能调整。"}
    crowded = a_month_sheet(*SIX_WEEKS, days=(3, 10, 17, 24, 31), **FIVE)
    assert sizes(month_paper(replace(crowded, **around))) == [A4[::-1]]
    assert sizes(year_paper(replace(a_year_sheet(every(14), **FIVE), **around))) == [A4]


def test_the_reckoning_is_right_the_first_time():
    random.seed(7)
    for _ in range(2):
        days = tuple(sorted(random.sample(range(1, 32), random.randint(1, 8))))
        given = {"leaders": random.randint(3, 6), "post": LONG_POST[: random.randint(0, 24)]}
        month = a_month_sheet(*SIX_WEEKS, days=days, venue=LONG_VENUE[: random.randint(4, 50)], **given)
        year = a_year_sheet(every(random.choice((5, 10, 20, 30))), **given)
        for template, sheet, settings in (("month.html", month, month_settings), ("year.html", year, year_settings)):
            context = {"sheet": sheet, "setting": next(settings(sheet)), "title": "", "printed": "", "mark": ""}
            assert place(template, "calendar.css", context | {"printed_at": None}).pages == 1


def test_the_fuller_a_month_the_smaller_its_type():
    def size(sheet):
        return next(month_settings(sheet)).size

    few, many = a_month_sheet(), a_month_sheet(*SIX_WEEKS, days=(3, 10, 17, 24, 31), **FAR_TOO_MUCH)
    assert size(few) == 10
    assert size(many) < size(few)


def test_a_month_says_when_where_who_and_in_which_seat():
    (text,) = page_texts(month_paper(a_month_sheet()))
    for words in (
        "安澜区2026年12月民营企业接待日历",
        "接待日09:00",
        "区工商联会议室",
        "主接待吴示安副区长",
        "补位王示安",
    ):
        assert words in text
    for words in ("班", "休", "冬月初一", "示例数据", "打印时间：2026年11月22日9:00安澜区民营企业接待日"):
        assert words in text


def test_a_year_lists_its_days_with_everybody_on_duty():
    (text,) = page_texts(year_paper(a_year_sheet(**FIVE)))
    assert text.count("区工商联会议室") == 12
    for words in ("12月15日周二09:00", "吴示安区委常委、政法委书记", "主接待", "参加", "补位"):
        assert words in text
    assert "另有" not in text


def test_what_a_year_has_no_room_for_is_left_to_the_roster_and_counted():
    (text,) = page_texts(year_paper(a_year_sheet(every(3), **FAR_TOO_MUCH)))
    assert "个接待日排不下，见轮值表" in text


def test_a_roster_goes_on_over_pages_with_its_head_repeated():
    texts = page_texts(roster_paper(a_roster_sheet(every(7), **FIVE)))
    assert len(texts) > 2
    assert all("序号日期星期时间地点主接待参加补位" in text for text in texts)
    assert all("示例数据" in text and "打印时间" in text for text in texts)
    assert f"第{len(texts)}页共{len(texts)}页" in texts[-1]
    assert sum(text.count("区工商联会议室") for text in texts) == 51


def test_a_typical_roster_is_one_page():
    assert sizes(roster_paper(a_roster_sheet())) == [A4]


def test_what_is_out_of_the_ordinary_is_said_beside_the_place():
    line = a_reception_line(date(2026, 12, 15), remark="计划，缺补位")
    (text,) = page_texts(roster_paper(replace(a_roster_sheet(), rows=(line,))))
    assert "区工商联会议室（计划，缺补位）" in text
    assert "没有接待日" in page_texts(roster_paper(replace(a_roster_sheet(), rows=())))[0]


def test_the_same_sheet_gives_the_same_bytes_in_the_portals_own_fonts():
    paper = month_paper(a_month_sheet())
    assert paper == month_paper(a_month_sheet())
    assert all(name.startswith("Portal-") for name in fonts_of(paper))


@pytest.mark.parametrize(
    "print_it, sheet", [(month_paper, a_month_sheet()), (year_paper, a_year_sheet()), (roster_paper, a_roster_sheet())]
)
def test_a_character_no_font_has_is_refused_by_name(print_it, sheet):
    with pytest.raises(RuleBroken, match="打印字体中没有"):
        print_it(replace(sheet, note="（只列：𰻝示宁）"))
