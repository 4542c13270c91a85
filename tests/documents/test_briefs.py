"""The leader's brief on paper: a page an enterprise, and what happens when one has too much to say."""

import pytest

from portal.documents.briefs import brief, placed_brief
from portal.documents.day_sheets import BriefSheet
from portal.domain.errors import RuleBroken
from tests.documents.day_sheets import HEAD, LEADERS, LONG_NAME, RARE, a_brief_enterprise
from tests.documents.slip_sheets import page_texts, picture


def a_sheet(*enterprises, **given):
    found = enterprises or (a_brief_enterprise(1),)
    return BriefSheet(**(HEAD | {"leaders": LEADERS, "enterprises": found, "hours": "9:00至11:40"} | given))


def test_the_cover_tells_the_order_of_the_day_and_who_is_on_duty():
    cover, _, _ = page_texts(brief(a_sheet(a_brief_enterprise(1), a_brief_enterprise(3, state="待审核"), theme="融资")))
    for words in ("安澜区民营企业接待日简报", "2026年12月15日（星期二）", "9:00至11:40", "主题：融资", "主接待吴示宁区委书记",
                  "接待顺序（2家，诉求4件）", "安澜第1示例有限公司", "（待审核）", "加快第2期项目竣工验收及不动产登记急难"):  # fmt: skip
        assert words in cover


def test_everything_the_leader_needs_of_an_enterprise_is_on_its_page():
    _, page = page_texts(brief(a_sheet()))
    for words in ("1号安澜第1示例有限公司", "91110000101623741K", "精密制造", "138****5678", "郑示和（财务总监）、孙示安（共3人）",
                  "区住房和城乡建设局、区财政局", "此前接待2次", "奖补资金拨付（已交办，区财政局承办）", "（问题·验收办证）", "真实：是",
                  "依据：《若干措施》第八条", "尚未回复（12月14日前回复）", "记录"):  # fmt: skip
        assert words in page


def test_twelve_enterprises_take_a_page_each_after_the_cover():
    paper = placed_brief(a_sheet(*(a_brief_enterprise(number, 2 + number % 2) for number in range(1, 13))))
    assert [paper.places[f"enterprise-{number}"].page for number in range(1, 13)] == list(range(1, 13))
    assert paper.pages == 13


def test_a_full_enterprise_is_set_smaller_before_it_takes_a_second_page():
    paper = placed_brief(a_sheet(a_brief_enterprise(1, 6)))
    assert paper.pages == 2


def test_fifteen_matters_run_on_to_pages_that_say_so():
    pages = page_texts(brief(a_sheet(a_brief_enterprise(1, 15), a_brief_enterprise(2))))
    assert len(pages) > 3
    assert "（续）" not in pages[1]
    assert all("1号安澜第1示例有限公司（续）" in page for page in pages[2:-1])
    assert "（续）" not in pages[-1]


@pytest.mark.parametrize("name", [LONG_NAME, RARE])
def test_long_names_and_rare_characters_stay_inside_the_type_area(tmp_path, name):
    pdf = brief(a_sheet(a_brief_enterprise(1, name=name, visitor=RARE, units=(name, name))))
    assert name in page_texts(pdf)[1]
    seen = picture(pdf, tmp_path)
    assert seen.darkest(int(196 / 210 * seen.width), 0, seen.width, seen.height) > 200


def test_an_enterprise_without_matters_and_facts_says_so():
    bare = a_brief_enterprise(1, 0, credit_code="", industry="", legal_representative="", companions=(), units=())
    page = page_texts(brief(a_sheet(bare)))[1]
    assert ("尚未登记诉求" in page, page.count("未登记"), "未邀请" in page) == (True, 4, True)


def test_invented_data_say_so_on_every_page_and_the_file_is_the_same_each_time():
    first = brief(a_sheet(is_sample=True))
    assert all("示例数据" in page for page in page_texts(first))
    assert first == brief(a_sheet(is_sample=True))


def test_nobody_nothing_to_brief_on():
    with pytest.raises(ValueError, match="no enterprise"):
        brief(a_sheet(enterprises=()))


def test_a_name_that_cannot_be_printed_is_refused():
    with pytest.raises(RuleBroken, match="打印字体中没有"):
        brief(a_sheet(a_brief_enterprise(1, name="\U0001f3e2公司")))
