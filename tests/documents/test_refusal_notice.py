"""The notice that something is not received: everything the enterprise must be told, and nothing that is secret."""

from datetime import date

import pytest

from portal.documents.refusal_notice import RefusalNoticeSheet, placed_refusal_notice, refusal_notice
from portal.documents.sheets import MatterLine
from portal.domain.errors import RuleBroken
from tests.documents.slip_sheets import fonts_of, page_texts, picture

LONGEST = "内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司" + "长" * 157


def matters(count, title="二期厂房补贴尚未兑现"):
    return tuple(
        MatterLine(ordinal=place, title=title, kind="问题", category="奖补资金") for place in range(1, count + 1)
    )


def a_sheet(**given):
    return RefusalNoticeSheet(
        **{
            "enterprise_name": "安澜示例精密机械有限公司",
            "matters": matters(1),
            "raised_on": date(2026, 12, 1),
            "held_on": date(2026, 12, 15),
            "ground": "已经或应当通过诉讼解决",
            "reason": "合同纠纷已由人民法院立案",
            "channel": "向有管辖权的人民法院提起诉讼或申请执行",
            "contact": "安澜区工商业联合会办公室　0830-4291234",
            "issuing_organ": "安澜区工商业联合会",
            "issued_on": date(2026, 12, 3),
        }
        | given
    )


def test_the_enterprise_is_told_what_why_and_where_to_turn():
    (page,) = page_texts(refusal_notice(a_sheet()))
    for words in (
        "不予受理告知书安澜示例精密机械有限公司：",
        "2026年12月1日为参加2026年12月15日的“民营企业接待日”反映下列事项：",
        "二期厂房补贴尚未兑现（问题·奖补资金）。",
        "一、不予受理的情形已经或应当通过诉讼解决。",
        "二、具体理由合同纠纷已由人民法院立案。",
        "三、请通过以下渠道办理向有管辖权的人民法院提起诉讼或申请执行。",
        "四、贵单位的权利如有新的事实或者理由，贵单位可以随时向本会重新提出",
        "0830-4291234。",
        "安澜区工商业联合会2026年12月3日（盖章）",
        "签收人：签收时间：",
    ):
        assert words in page, words
    assert "示例数据" not in page


def test_what_nobody_wrote_leaves_no_gap_in_the_numbers():
    (page,) = page_texts(refusal_notice(a_sheet(reason="", channel="", held_on=None, is_sample=True)))
    assert ("二、请通过以下渠道办理请与本会联系" in page, "三、贵单位的权利" in page, "具体理由" in page) == (
        True, True, False,
    )  # fmt: skip
    assert ("贵单位2026年12月1日反映下列事项" in page, "示例数据" in page) == (True, True)


def test_several_matters_are_counted():
    (page,) = page_texts(refusal_notice(a_sheet(matters=matters(3))))
    assert "一、二期厂房补贴尚未兑现（问题·奖补资金）；二、" in page
    assert "三、二期厂房补贴尚未兑现（问题·奖补资金）。" in page


def test_what_is_secret_is_only_counted():
    blank = tuple(MatterLine(ordinal=place, title="") for place in (1, 2))
    (page,) = page_texts(refusal_notice(a_sheet(is_secret=True, matters=blank, reason="")))
    assert ("反映的2项事项，依照保密规定，本告知书不列事项内容" in page, "二期厂房" in page) == (True, False)


def test_the_words_of_something_secret_are_not_even_taken():
    with pytest.raises(ValueError, match="secret"):
        refusal_notice(a_sheet(is_secret=True))


def test_an_everyday_notice_is_one_page():
    assert placed_refusal_notice(a_sheet(matters=matters(5))).pages == 1


def test_fifteen_long_matters_flow_on_with_their_head_repeated():
    sheet = a_sheet(enterprise_name=LONGEST, matters=matters(15, "㛃䶮𬭎" + "长" * 117), is_sample=True)
    pages = page_texts(refusal_notice(sheet))
    assert len(pages) in (2, 3)
    assert LONGEST in pages[0]
    assert all("不予受理告知书（续页）内蒙古自治区" in page for page in pages[1:])
    assert "安澜区工商业联合会2026年12月3日（盖章）签收人：" in pages[-1]
    assert sum(page.count("㛃䶮𬭎") for page in pages) == 15


def test_nothing_runs_over_the_edge(tmp_path):
    seen = picture(refusal_notice(a_sheet(enterprise_name=LONGEST, issuing_organ="内蒙古自治区" * 12)), tmp_path)
    left, right = int(28 / 210 * seen.width) - 2, int((210 - 26) / 210 * seen.width) + 2
    assert seen.darkest(0, 0, left, seen.height) > 200
    assert seen.darkest(right, 0, seen.width, seen.height) > 200


def test_the_same_notice_is_the_same_file_and_carries_its_fonts():
    first = refusal_notice(a_sheet())
    assert first == refusal_notice(a_sheet())
    assert {"Portal-FangSong", "Portal-XiaoBiaoSong", "Portal-Hei"} <= set(fonts_of(first))


def test_a_character_no_face_has_is_named_with_its_field():
    with pytest.raises(RuleBroken, match="打印字体中没有") as caught:
        refusal_notice(a_sheet(reason="理由\U0001f3e2"))
    assert caught.value.field == "reason"
