"""The notice and the desk plates on paper, with one, three and eight leaders and the longest real names."""

from dataclasses import replace
from datetime import date, datetime, time
from io import BytesIO

import pytest
from pypdf import PdfReader

from portal.documents.desk_plates import DeskPlate, DeskPlateSheet, desk_plates, placed_desk_plates
from portal.documents.notice import NoticeLeader, NoticeSheet, notice, placed_notice
from portal.domain.errors import RuleBroken
from tests.documents.slip_sheets import fonts_of, page_texts, picture

LONGEST_VENUE = (
    "内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司云溪分公司二楼第一会议室"
)
RARE = "示堃玥珺喆祎旸赟曌䶮㛃"


def leaders(count):
    return tuple(
        NoticeLeader(
            name=f"领导示{number}",
            post="区人大常委会副主任、区总工会主席",
            seat="主接待" if number == 0 else "参加",
            fields=("用地", "融资", "科技与数字化"),
        )
        for number in range(count)
    )


def a_sheet(**given):
    return NoticeSheet(
        **{
            "district": "安澜区",
            "held_on": date(2026, 12, 5),
            "spans": ((time(9), time(11, 40)), (time(13, 30), time(16, 10))),
            "slots": 8,
            "slot_minutes": 40,
            "venue": "区工商联会议室",
            "address": "安澜大道1号三楼",
            "leaders": leaders(1),
            "form": "定点接待，逐家进行。",
            "booking": "请向本会办公室预约登记。",
            "closes_at": datetime(2026, 12, 3, 17),
            "bring": "本人有效身份证件。\n授权委托书。",
            "issuing_organ": "安澜区工商业联合会",
            "issued_on": date(2026, 12, 2),
        }
        | given
    )


def test_everything_the_public_needs_is_on_the_notice():
    (page,) = page_texts(notice(a_sheet(theme="融资专场")))
    for words in (
        "接待通告",
        "2026年12月5日（星期六）9:00至11:40，13:30至16:10，共8个时段，每家企业40分钟。",
        "主题为“融资专场”",
        "二、接待地点区工商联会议室（安澜大道1号三楼）。",
        "领导示0区人大常委会副主任、区总工会主席（主接待），分管用地、融资、科技与数字化。",
        "预约截止时间为2026年12月3日17:00。",
        "六、携带材料1.本人有效身份证件。2.授权委托书。",
        "安澜区工商业联合会2026年12月2日",
    ):
        assert words in page
    assert ("草稿" in page, "示例数据" in page) == (False, False)


def test_a_date_may_go_over_into_the_next_line_and_leaves_no_line_half_empty():
    lines = PdfReader(BytesIO(notice(a_sheet(theme="融资专场")))).pages[0].extract_text().splitlines()
    (line,) = ["".join(line.split()) for line in lines if "定于" in line]
    assert "定于2026年12月5日" in line


@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_notice_is_one_page_with_any_number_of_leaders_and_the_longest_place(count):
    paper = placed_notice(a_sheet(leaders=leaders(count), venue=LONGEST_VENUE, theme="长" * 40))
    assert paper.pages == 1
    assert LONGEST_VENUE in page_texts(paper.pdf)[0]


def test_a_part_nobody_wrote_leaves_no_gap_in_the_numbers():
    (page,) = page_texts(notice(a_sheet(form="", bring="", closes_at=None, slot_minutes=0)))
    assert ("四、预约方式" in page, "接待形式" in page, "携带材料" in page, "截止" in page, "每家" in page) == (
        True, False, False, False, False,
    )  # fmt: skip


def test_a_draft_and_invented_data_say_so():
    (page,) = page_texts(notice(a_sheet(is_draft=True, is_sample=True)))
    assert "示例数据草稿" in page


def test_the_same_notice_is_the_same_file_and_carries_its_fonts():
    first = notice(a_sheet())
    assert first == notice(a_sheet())
    assert {"Portal-FangSong", "Portal-XiaoBiaoSong", "Portal-Hei", "Portal-Kai"} <= set(fonts_of(first))


def test_a_place_that_cannot_be_printed_is_named_with_its_field():
    with pytest.raises(RuleBroken, match="打印字体中没有") as caught:
        notice(a_sheet(venue="\U0001f3e2会议室"))
    assert caught.value.field == "venue"


def test_the_body_stays_inside_the_type_area(tmp_path):
    seen = picture(notice(a_sheet(leaders=leaders(8), venue=LONGEST_VENUE)), tmp_path)
    left, right = int(28 / 210 * seen.width) - 2, int((210 - 26) / 210 * seen.width) + 2
    assert seen.darkest(0, 0, left, seen.height) > 200
    assert seen.darkest(right, 0, seen.width, seen.height) > 200
    assert seen.darkest(left, int(0.15 * seen.height), right, int(0.5 * seen.height)) < 100


def plates(*given):
    return DeskPlateSheet(title="桌牌", plates=tuple(DeskPlate(name=name, post=post) for name, post in given))


def test_every_leader_has_a_page_with_the_name_twice():
    pages = page_texts(desk_plates(plates(("吴示宁", "区长"), ("郑示", "副区长"))))
    assert [page.count(name) for page, name in zip(pages, ("吴示宁", "郑示"), strict=True)] == [2, 2]
    assert [page.count(post) for page, post in zip(pages, ("区长", "副区长"), strict=True)] == [2, 2]


@pytest.mark.parametrize("name", ["示", "吴示", "吴示宁", "欧阳示宁", "阿卜杜热伊木·艾山江示", RARE])
@pytest.mark.parametrize("post", ["", "区长", "区人大常委会副主任、区总工会主席、" * 4])
def test_long_posts_and_rare_names_fit_on_the_sheet(tmp_path, name, post):
    paper = placed_desk_plates(plates((name, post[:80])))
    assert paper.pages == 1
    seen = picture(paper.pdf, tmp_path, dots_an_inch=36)
    edge = int(12 / 297 * seen.width)
    assert seen.darkest(0, 0, edge, seen.height // 2 - 2) > 200
    assert seen.darkest(seen.width - edge, 0, seen.width, seen.height // 2 - 2) > 200
    assert seen.darkest(edge, 0, seen.width - edge, edge // 2) > 200


def test_the_upper_half_is_the_lower_half_on_its_head(tmp_path):
    seen = picture(desk_plates(plates(("吴示宁", "区长"))), tmp_path, dots_an_inch=36)
    half = seen.height // 2
    rows = [seen.dots[row * seen.width : (row + 1) * seen.width] for row in range(seen.height)]
    upper = [row[::-1] for row in rows[:half][::-1]]
    lower = rows[seen.height - half :]
    dark = sum(min(a) < 128 for a in lower)
    differing = sum((min(a) < 128) != (min(b) < 128) for a, b in zip(upper, lower, strict=True))
    assert dark > half // 3
    assert differing < half // 10


def test_invented_data_say_so_on_every_plate():
    (page,) = page_texts(desk_plates(replace(plates(("吴示宁", "")), is_sample=True)))
    assert page.count("示例数据") == 2


def test_without_a_plate_there_is_nothing_to_print():
    with pytest.raises(ValueError, match="no plate"):
        desk_plates(plates())


def test_a_name_that_cannot_be_printed_is_refused():
    with pytest.raises(RuleBroken, match="打印字体中没有"):
        desk_plates(plates(("吴\U0001f3e2", "")))


def test_opening_and_ending_of_a_notice_are_the_offices_own_words_once_filled_in():
    (page,) = page_texts(notice(a_sheet(texts=(("purpose", "为进一步服务民营企业"), ("ending", "请相互转告。")))))
    assert "为进一步服务民营企业，" in page
    assert "请相互转告。" in page
    assert "特此通告" not in page
