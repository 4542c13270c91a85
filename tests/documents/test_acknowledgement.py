"""The acknowledgement: with one matter, with far too many, with the longest name; its code is read from the print."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from portal.documents.acknowledgement import (
    AcknowledgedMatter,
    AcknowledgementSheet,
    acknowledgement,
    acknowledgements,
    placed_acknowledgement,
)
from portal.documents.appointment_slip import placed_appointment_slip
from portal.documents.refusal_notice import placed_refusal_notice
from portal.documents.sheets import FollowNote
from portal.domain.errors import RuleBroken
from tests.documents.slip_sheets import page_texts
from tests.documents.test_refusal_notice import a_sheet as a_refusal
from tests.documents.test_visit_papers import LONGEST, a_slip, scanned

NOTE = FollowNote(
    code="ABCD EFGH JKLM 2345",
    address="https://jdr.anlan.example/follow/",
    url="HTTPS://JDR.ANLAN.EXAMPLE/FOLLOW/ABCDEFGHJKLM2345",
    complaint_phone="0830-12388",
)


def a_matter(place=1, **given):
    return AcknowledgedMatter(
        **{
            "number": f"20261215{place:03d}",
            "title": "二期厂房补贴尚未兑现",
            "kind": "问题",
            "stands": "税务局正在办理，预计2027年1月5日前答复。",
        }
        | given
    )


def a_sheet(**given):
    return AcknowledgementSheet(
        **{
            "district": "安澜区",
            "organ": "安澜区工商业联合会",
            "enterprise_name": "安澜示例精密机械有限公司",
            "held_on": date(2026, 12, 15),
            "matters": (a_matter(1), a_matter(2)),
            "follow": NOTE,
            "contact": "安澜区工商业联合会办公室　0830-4291234",
            "printed_at": datetime(2026, 12, 15, 11, 30),
        }
        | given
    )


def text_of(pdf):
    return "".join("".join(page_texts(pdf)).split())


def test_it_says_what_was_taken_up_how_to_follow_it_and_where_to_complain():
    paper = placed_acknowledgement(a_sheet())
    assert paper.pages == 1
    text = text_of(paper.pdf)
    for said in (
        "受理回执",
        "20261215001",
        "预计2027年1月5日前答复",
        "ABCDEFGHJKLM2345",
        "0830-12388",
        "jdr.anlan.example",
    ):
        assert said in text, said


def test_its_qr_code_holds_only_the_address_with_the_code(tmp_path):
    assert scanned(acknowledgement(a_sheet()), tmp_path) == NOTE.url


def test_far_too_much_takes_more_pages_and_loses_nothing():
    many = tuple(a_matter(place, title="很长的标题" * 20, stands="很长的说明" * 20) for place in range(1, 31))
    paper = placed_acknowledgement(a_sheet(enterprise_name=LONGEST, matters=many))
    assert paper.pages > 1
    text = text_of(paper.pdf)
    assert all(it.number in text for it in many)
    assert NOTE.code.replace(" ", "") in text


def test_without_a_complaint_phone_none_is_printed():
    assert "举报电话" not in text_of(acknowledgement(a_sheet(follow=replace(NOTE, complaint_phone=""))))


def test_those_of_a_day_are_one_file_in_order():
    pages = page_texts(acknowledgements([a_sheet(enterprise_name=f"示例企业{place}") for place in range(3)]))
    assert [f"示例企业{place}" in "".join(page.split()) for place, page in enumerate(pages)] == [True] * 3


def test_what_no_face_has_is_refused_by_name():
    with pytest.raises(RuleBroken):
        acknowledgement(a_sheet(enterprise_name="企业\ue000"))


def test_the_same_sheet_always_prints_the_same_bytes():
    assert acknowledgement(a_sheet()) == acknowledgement(a_sheet())


def test_an_appointment_slip_names_the_code_in_words_and_its_only_qr_code_stays_the_doors(tmp_path):
    paper = placed_appointment_slip(a_slip(follow=NOTE))
    assert paper.pages == 1
    assert "查询码ABCDEFGHJKLM2345" in text_of(paper.pdf)
    assert scanned(paper.pdf, tmp_path) == a_slip().code


def test_a_refusal_notice_carries_the_code_to_object_with_on_the_same_page(tmp_path):
    plain, followed = placed_refusal_notice(a_refusal()), placed_refusal_notice(a_refusal(follow=NOTE))
    assert plain.pages == followed.pages == 1
    assert "提出异议" in text_of(followed.pdf)
    assert scanned(followed.pdf, tmp_path) == NOTE.url
