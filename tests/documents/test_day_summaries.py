"""The summary of a day on paper: nothing, and twelve enterprises with thirty matters."""

import pytest

from portal.documents.day_sheets import SummaryEnterprise, SummaryFigure, SummaryMatter, SummarySheet
from portal.documents.day_summaries import day_summary
from tests.documents.day_sheets import HEAD, LEADERS, LONG_NAME, RARE
from tests.documents.slip_sheets import page_texts, picture

FIGURES = (
    ("接待", (SummaryFigure(key="visits", label="家次", value="3", unit="家次", formula="已到访并接待的预约数。"),)),
    ("诉求", (SummaryFigure(key="matters", label="收集诉求", value="30", unit="件", formula="提出的诉求。"),)),
)


def an_enterprise(number, **given):
    known = {"id": number, "number": str(number), "hours": "9:00—9:40", "name": f"安澜第{number}示例有限公司"}
    return SummaryEnterprise(**(known | {"visitor": "申示例", "persons": "3", "state": "接待完毕"} | given))


def a_matter(number, **given):
    return SummaryMatter(
        **{
            "id": number,
            "number": f"2026-{number:04}",
            "enterprise": "安澜第1示例有限公司",
            "title": "加快一期项目竣工验收及不动产登记",
            "kind": "问题",
            "category": "验收办证",
            "disposition": "现场办结",
            "answer": "可按竣工实测办理。（吴示宁答复）",
        }
        | given
    )


def a_sheet(**given):
    return SummarySheet(**(HEAD | {"leaders": LEADERS, "groups": FIGURES} | given))


def test_every_figure_has_its_formula_beside_it():
    sheet = a_sheet(enterprises=(an_enterprise(1),), matters=(a_matter(1),), units_came=("区财政局",))
    page = "".join(page_texts(day_summary(sheet)))
    for words in ("接待日情况小结", "主接待吴示宁区委书记", "到场单位区财政局", "家次3家次已到访并接待的预约数。", "安澜第1示例有限公司",
                  "2026-0001", "现场办结", "（吴示宁答复）"):  # fmt: skip
        assert words in page
    assert "尚未结束" not in page


def test_a_day_that_is_not_over_says_so_on_every_page():
    pages = page_texts(day_summary(a_sheet(unfinished="接待日尚未结束。", matters=tuple(map(a_matter, range(60))))))
    assert len(pages) > 2
    assert all("尚未结束" in page for page in pages)


def test_a_day_without_anybody_says_so():
    page = "".join(page_texts(day_summary(a_sheet(leaders=()))))
    assert ("没有企业来访" in page, "没有登记诉求" in page, "尚未排定" in page) == (True, True, True)


@pytest.mark.parametrize("name", [LONG_NAME, RARE])
def test_long_names_and_answers_stay_inside_the_type_area(tmp_path, name):
    matters = tuple(a_matter(n, title=name, enterprise=name, answer="按规定办理。" * 60) for n in range(1, 31))
    pdf = day_summary(a_sheet(enterprises=tuple(an_enterprise(n, name=name) for n in range(1, 13)), matters=matters))
    assert name in "".join(page_texts(pdf))
    assert picture(pdf, tmp_path).darkest(int(196 / 210 * 595), 0, 595, 842) > 200
