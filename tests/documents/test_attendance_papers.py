"""The phone list and the sign-in sheet on paper, with nobody, twelve and far too many."""

import pytest

from portal.documents.attendance_papers import BLANK_ENTERPRISES, phone_list, sign_in_sheet
from portal.documents.day_sheets import PhoneLine, PhoneSheet, SignInLine, SignInSheet, SignInUnit
from tests.documents.day_sheets import HEAD, LONG_NAME, RARE
from tests.documents.slip_sheets import page_texts, picture


def a_call(number, **given):
    return PhoneLine(
        **{
            "place": str(number),
            "hours": "9:00—9:40",
            "enterprise": f"安澜第{number}示例有限公司",
            "visitor": "申示例　董事长",
            "phone": "13800005678",
        }
        | given
    )


def phones(*lines, **given):
    return PhoneSheet(lines=lines, **(HEAD | given))


def an_expected(number, **given):
    return SignInLine(
        **{
            "number": number,
            "hours": "9:00—9:40",
            "enterprise": f"安澜第{number}示例有限公司",
            "visitor": "申示例",
            "post": "董事长",
            "persons": 3,
        }
        | given
    )


def test_the_phone_list_has_number_time_enterprise_visitor_and_boxes_to_tick():
    (page,) = page_texts(phone_list(phones(a_call(1), a_call(2, place="候补", remark="待审核"), in_full=True)))
    for words in (
        "电话通知单",
        "共2家",
        "安澜第1示例有限公司",
        "13800005678",
        "已通知",
        "改期",
        "不来",
        "候补",
        "待审核",
        "用后收回",
    ):
        assert words in page


def test_a_masked_phone_list_says_that_it_is():
    (page,) = page_texts(phone_list(phones(a_call(1, phone="138****5678"))))
    assert ("号码已遮盖" in page, "用后收回" in page) == (True, False)


def test_a_long_phone_list_repeats_its_head(tmp_path):
    pdf = phone_list(phones(*(a_call(n, enterprise=LONG_NAME, phone="0830-42912345-123456") for n in range(1, 30))))
    pages = page_texts(pdf)
    assert len(pages) > 2
    assert all("联系电话" in page for page in pages)
    assert picture(pdf, tmp_path).darkest(826, 0, 842, 595) > 200


def test_nobody_to_call_no_list():
    with pytest.raises(ValueError, match="nobody"):
        phone_list(phones())


def test_the_sign_in_sheet_has_rows_for_walk_ins_and_a_page_for_units():
    unit = SignInUnit(name="区财政局", numbers=(1, 3))
    first, second = page_texts(
        sign_in_sheet(SignInSheet(lines=(an_expected(1), an_expected(3)), units=(unit,), **HEAD))
    )
    for words in ("签到表", "预约2家", "安澜第3示例有限公司", "/3", "签名"):
        assert words in first
    assert first.count("现场") == BLANK_ENTERPRISES + 1
    assert "区财政局1、3号" in second


def test_a_sign_in_sheet_without_anybody_is_all_blank_rows():
    first, second = page_texts(sign_in_sheet(SignInSheet(**HEAD)))
    assert ("预约0家" in first, "参加单位" in second) == (True, True)


@pytest.mark.parametrize("name", [LONG_NAME, RARE])
def test_long_and_rare_names_stay_on_the_sheet(tmp_path, name):
    lines = tuple(
        an_expected(n, enterprise=name, visitor=RARE[:8], post="党委书记、董事长兼总经理") for n in range(1, 13)
    )
    units = tuple(SignInUnit(name=name[:40], numbers=tuple(range(1, 13))) for _ in range(10))
    pdf = sign_in_sheet(SignInSheet(lines=lines, units=units, **HEAD))
    assert name in page_texts(pdf)[0]
    assert picture(pdf, tmp_path).darkest(826, 0, 842, 595) > 200
