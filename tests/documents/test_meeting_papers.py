"""Agenda and minutes on paper: everything said, numbered, also with very many items and very long names."""

from datetime import date, datetime

import pytest

from portal.clock import ZONE
from portal.documents.meeting_papers import AgendaLine, MeetingSheet, meeting_agenda, meeting_minutes
from portal.domain.errors import RuleBroken
from tests.documents.day_sheets import LONG_NAME
from tests.documents.slip_sheets import page_texts


def a_line(**given):
    return AgendaLine(
        **{
            "number": "2026-0007",
            "title": "协议约定的产业扶持资金尚未兑现",
            "enterprise": "安澜甲示例有限公司",
            "state": "在办",
            "lead_unit": "区财政局",
            "due_on": date(2026, 12, 7),
            "conclusion": "由区财政局于年内安排兑现。",
            "unit": "区财政局",
            "by": date(2026, 12, 20),
        }
        | given
    )


def a_sheet(**given):
    return MeetingSheet(
        **{
            "district": "安澜区",
            "organ": "安澜区工商业联合会",
            "kind": "调度会",
            "title": "11月企业诉求调度会",
            "held_on": date(2026, 11, 20),
            "venue": "区政府第二会议室",
            "chair": "区委书记吴示宁",
            "lines": (a_line(),),
            "minutes": "会议听取了汇报。\n会议要求逐项落实。",
            "printed_at": datetime(2026, 11, 22, 9, 0, tzinfo=ZONE),
        }
        | given
    )


def text(pdf):
    return "".join(page_texts(pdf))


def test_the_agenda_names_time_place_chair_and_every_matter():
    page = text(meeting_agenda(a_sheet()))
    for words in ("11月企业诉求调度会议程", "时间：2026年11月20日", "地点：区政府第二会议室", "主持：区委书记吴示宁",
                  "安澜甲示例有限公司，2026-0007", "在办", "2026年12月7日"):  # fmt: skip
        assert words in page
    assert "年内安排兑现" not in page


def test_the_minutes_say_what_was_decided_who_does_it_and_until_when():
    page = text(meeting_minutes(a_sheet()))
    for words in ("会议纪要", "一、会议情况", "会议要求逐项落实。", "二、议定事项", "（一）协议约定的产业扶持资金尚未兑现",
                  "由区财政局于年内安排兑现。", "承办单位：区财政局", "时限：2026年12月20日"):  # fmt: skip
        assert words in page


def test_minutes_without_a_general_part_begin_with_what_was_decided():
    page = text(meeting_minutes(a_sheet(minutes="", lines=(a_line(conclusion="", unit="", by=None),))))
    assert "会议情况" not in page
    assert "一、议定事项" in page
    assert "会议不再研究" in page


def test_what_is_left_out_for_a_unit_is_counted():
    assert "另有1项" in text(meeting_minutes(a_sheet(hidden=1)))
    assert "研究2项" in text(meeting_minutes(a_sheet(hidden=1)))


def test_sixty_items_with_the_longest_name_run_over_pages_and_keep_the_mark():
    lines = tuple(a_line(number=f"2026-{n:04}", enterprise=LONG_NAME, title="很长的事项名称" * 12) for n in range(60))
    for paper in (meeting_agenda, meeting_minutes):
        pages = page_texts(paper(a_sheet(lines=lines, mark="示例数据")))
        assert len(pages) > 4
        assert all("示例数据" in page for page in pages)
        assert "2026-0059" in "".join(pages)


def test_the_same_sheet_gives_the_same_bytes():
    assert meeting_minutes(a_sheet()) == meeting_minutes(a_sheet())


def test_a_character_no_face_has_is_refused():
    with pytest.raises(RuleBroken):
        meeting_minutes(a_sheet(title="\U0001f600调度会"))


def test_what_goes_with_the_minutes_is_listed_and_the_agenda_says_nothing_of_it():
    sheet = a_sheet(files=("签到表", "会议材料"))
    assert "附件：1．签到表2．会议材料" in text(meeting_minutes(sheet))
    assert "附件" not in text(meeting_agenda(sheet))
