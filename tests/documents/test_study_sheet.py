"""A study on paper: its reason, the matters it rests on, the solution; also with very many matters and none."""

from datetime import date, datetime

from portal.clock import ZONE
from portal.documents.study_sheet import StudyLine, StudySheet, study_sheet
from tests.documents.day_sheets import LONG_NAME
from tests.documents.slip_sheets import page_texts


def a_sheet(**given):
    return StudySheet(
        **{
            "organ": "安澜区工商业联合会",
            "title": "“用地规划”问题专题研究",
            "state": "已形成结论",
            "category": "用地规划",
            "why": "近 6 个月企业集中反映“用地规划”5 件。",
            "lead_unit": "区自然资源规划分局",
            "due_on": date(2026, 12, 20),
            "lines": (
                StudyLine(number="2026-0007", title="调整用地性质", enterprise="安澜甲示例有限公司", state="在办"),
            ),
            "conclusion": "一、建立联席会商机制。\n二、公开办理时限。",
            "concluded_on": date(2026, 12, 10),
            "made_on": date(2026, 11, 2),
            "printed_at": datetime(2026, 12, 15, 9, 0, tzinfo=ZONE),
        }
        | given
    )


def text(sheet):
    return "".join(page_texts(study_sheet(sheet)))


def test_it_says_why_who_until_when_and_what_it_came_to():
    page = text(a_sheet())
    for words in ("“用地规划”问题专题研究", "一、立项缘由", "牵头单位：区自然资源规划分局", "2026年12月20日", "调整用地性质",
                  "安澜甲示例有限公司", "三、系统解决办法", "公开办理时限", "2026年12月10日"):  # fmt: skip
        assert words in page


def test_a_study_without_conclusion_says_so():
    page = text(a_sheet(conclusion="", concluded_on=None, lines=()))
    assert "尚未形成结论" in page
    assert "没有关联诉求" in page


def test_very_many_matters_are_counted_and_the_mark_is_on_every_page():
    lines = tuple(
        StudyLine(number=f"2026-{n:04}", title="很长的诉求标题" * 8, enterprise=LONG_NAME) for n in range(130)
    )
    pages = page_texts(study_sheet(a_sheet(lines=lines, mark="示例数据")))
    assert all("示例数据" in page for page in pages)
    assert "130件" in "".join(pages)
    assert "另有30件" in "".join(pages)


def test_what_goes_with_the_conclusion_is_listed_before_the_signature():
    one = text(a_sheet(files=("研究报告",)))
    assert "附件：研究报告" in one
    many = text(
        a_sheet(files=("研究报告", "关于解决民营企业用地规划调整周期过长问题的专题研究报告（征求意见后修改稿）"))
    )
    assert "附件：1．研究报告" in many
    assert many.index("2．关于解决") < many.index("2026年12月10日")
    assert "附件" not in text(a_sheet())
