"""The papers of a visit: with nothing, with everyday contents, and with far too much of everything."""

import subprocess
from dataclasses import replace
from datetime import date, datetime, time

import pytest

from portal.documents.appointment_slip import (
    AppointmentSlipSheet,
    ComerLine,
    WaitingTurn,
    appointment_slip,
    appointment_slips,
    placed_appointment_slip,
)
from portal.documents.authorisation_letter import (
    AuthorisationLetterSheet,
    authorisation_letter,
    placed_authorisation_letter,
)
from portal.documents.sheets import MatterLine
from portal.domain.errors import RuleBroken
from tests.documents.slip_sheets import fonts_of, page_texts, picture

LONGEST = "内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司" + "长" * 157
RARE = "㛃䶮𬭎"
FIVE = tuple(
    ComerLine(
        name=name, identity="随行人员", post="综合管理部部长", phone="138****5678", id_number="510000********123X"
    )
    for name in (RARE, "阿卜杜热伊木·艾山江示", "甲示", "乙示例", "丙示例")
)


def matters(count, title="二期厂房补贴尚未兑现"):
    return tuple(
        MatterLine(ordinal=place, title=title, kind="问题", category="奖补资金") for place in range(1, count + 1)
    )


def a_slip(**given):
    return AppointmentSlipSheet(
        **{
            "district": "安澜区",
            "enterprise_name": "安澜示例精密机械有限公司",
            "credit_code": "91510503MA6XXXXX3K",
            "comers": (ComerLine(name="申示例", identity="法定代表人", post="董事长", phone="138****5678"),),
            "held_on": date(2026, 12, 15),
            "starts_at": time(9),
            "ends_at": time(9, 40),
            "venue": "区工商联会议室",
            "room": "第二接待室",
            "address": "安澜大道1号三楼",
            "number": 3,
            "code": "1234567890",
            "matters": matters(2),
            "bring": "本人有效身份证件。\n书面材料一式两份。",
            "contact": "安澜区工商业联合会办公室　0830-4291234",
            "printed_at": datetime(2026, 12, 1, 9, 30),
        }
        | given
    )


def a_letter(**given):
    return AuthorisationLetterSheet(**{"organ": "安澜区工商业联合会"} | given)


def scanned(pdf, folder):
    """What a scanner reads from the first page, as a person would print it."""
    source = folder / "paper.pdf"
    source.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", source, folder / "paper"], check=True, timeout=60)
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", folder / "paper.png"], check=True, timeout=60, capture_output=True, text=True
    )
    return read.stdout.strip()


def test_everything_the_enterprise_needs_is_on_the_slip():
    (page,) = page_texts(appointment_slip(a_slip()))
    for words in (
        "安澜区“民营企业接待日”来访预约单",
        "2026年12月15日星期二9:00至9:40",
        "区工商联会议室第二接待室安澜大道1号三楼",
        "当日序号3号",
        "预约码1234567890",
        "安澜示例精密机械有限公司统一代码91510503MA6XXXXX3K",
        "1申示例董事长法定代表人138****5678",
        "反映事项（2项）",
        "1．本人有效身份证件。2．书面材料一式两份。",
        "严禁携带、陈述、录入涉密信息",
        "联系：安澜区工商业联合会办公室0830-4291234",
    ):
        assert words in page, words
    assert not {"示例数据", "待审核", "候补", "证件号码、"} & {page[place : place + 4] for place in range(len(page))}


def test_the_code_is_scanned_as_its_digits_and_nothing_else(tmp_path):
    assert scanned(appointment_slip(a_slip(code="9081726354")), tmp_path) == "9081726354"


def test_a_slip_of_somebody_who_waits_says_that_there_is_no_place_yet():
    (page,) = page_texts(appointment_slip(a_slip(waiting=WaitingTurn(turn=2), number=None)))
    for words in ("候补登记单", "尚未取得名额", "候补第2位", "当日其他时段也可以", "不能凭此入场", "登记码"):
        assert words in page, words
    assert ("来访预约单”" in page, "当日序号" in page, "预约码" in page) == (False, False, False)
    (page,) = page_texts(appointment_slip(a_slip(waiting=WaitingTurn(turn=1, any_slot=False))))
    assert ("希望时段：9:00至9:40" in page, "其他时段" in page, "当日序号" in page) == (True, False, False)


def test_a_place_that_is_offered_says_until_when():
    until = datetime(2026, 12, 2, 14, 30)
    (page,) = page_texts(appointment_slip(a_slip(waiting=WaitingTurn(offered_until=until))))
    assert ("保留至2026年12月2日14:30" in page, "候补第" in page) == (True, False)


def test_a_booking_not_reviewed_yet_says_so():
    (page,) = page_texts(appointment_slip(a_slip(is_pending=True)))
    assert "待审核，以本会确认为准" in page


def test_far_too_much_flows_on_to_further_pages_with_its_head_repeated():
    sheet = a_slip(
        enterprise_name=LONGEST, comers=FIVE, matters=matters(15, "长" * 120), form="集体座谈：融资", is_sample=True
    )
    pages = page_texts(appointment_slip(sheet))
    assert 1 < len(pages) <= 3
    assert LONGEST in pages[0]
    assert all("来访预约单（续页）1234567890" in page for page in pages[1:])
    assert all("示例数据" in page for page in pages)
    whole = "".join(pages)
    assert (whole.count("长" * 120) >= 15, whole.count("510000********123X"), whole.count("请携带")) == (True, 5, 1)
    assert RARE in pages[0]


def test_fifteen_everyday_matters_and_five_persons_take_two_pages_at_most():
    assert placed_appointment_slip(a_slip(comers=FIVE, matters=matters(15))).pages <= 2


def test_nothing_runs_over_the_edge(tmp_path):
    sheet = a_slip(
        enterprise_name=LONGEST, comers=FIVE, venue=LONGEST[:120], district="内蒙古自治区" * 4, is_sample=True
    )
    seen = picture(appointment_slip(sheet), tmp_path)
    left, right = int(18 / 210 * seen.width) - 2, int((210 - 18) / 210 * seen.width) + 2
    assert seen.darkest(0, 0, left, seen.height) > 200
    assert seen.darkest(right, 0, seen.width, seen.height) > 200


def test_the_slips_of_a_day_are_one_paper_each_beginning_on_its_own_page():
    pages = page_texts(appointment_slips([a_slip(code=f"123456789{place}") for place in range(3)]))
    assert ["".join(it for it in "012" if f"123456789{it}" in page) for page in pages] == ["0", "1", "2"]


def test_a_day_without_a_slip_has_nothing_to_print():
    with pytest.raises(ValueError, match="no slip"):
        appointment_slips([])


def test_the_same_slip_is_the_same_file_and_carries_its_fonts():
    first = appointment_slip(a_slip())
    assert first == appointment_slip(a_slip())
    assert {"Portal-FangSong", "Portal-XiaoBiaoSong", "Portal-Hei"} <= set(fonts_of(first))


def test_a_name_that_cannot_be_printed_is_named_with_its_field():
    for paper in (appointment_slip, lambda sheet: appointment_slips([a_slip(), sheet])):
        with pytest.raises(RuleBroken, match="打印字体中没有") as caught:
            paper(a_slip(comers=(replace(FIVE[0], name="申\U0001f3e2"),)))
        assert caught.value.field == "comers"


def test_a_blank_letter_asks_for_everything_a_letter_needs():
    (page,) = page_texts(authorisation_letter(a_letter()))
    for words in (
        "授权委托书安澜区工商业联合会：",
        "委托人企业名称统一社会信用代码住所法定代表人姓名、职务身份证件号码",
        "受托人姓名身份证件号码职务联系电话",
        "代表本企业参加年月日的“民营企业接待日”",
        "受托人的权限",
        "委托期限自年月日起至年月日止",
        "委托人（盖章）：",
        "法定代表人（签字）：",
        "受托人（签字）：",
    ):
        assert words in page, words


def test_what_is_known_is_filled_in():
    letter = a_letter(
        enterprise_name="安澜示例有限公司", credit_code="91510503MA6XXXXX3K", registered_place="安澜区人民路1号",
        legal_representative="申示例", representative=RARE, representative_post="总监", held_on=date(2026, 12, 15),
        is_sample=True,
    )  # fmt: skip
    (page,) = page_texts(authorisation_letter(letter))
    for words in (
        "安澜示例有限公司",
        "91510503MA6XXXXX3K",
        "人民路1号",
        "申示例",
        RARE,
        "参加2026年12月15日的",
        "示例数据",
    ):
        assert words in page, words


def test_the_letter_stays_on_one_page_with_the_longest_names():
    letter = a_letter(
        enterprise_name=LONGEST, registered_place=LONGEST, representative=RARE * 10, representative_post="长" * 60
    )
    assert placed_authorisation_letter(letter).pages == 1
