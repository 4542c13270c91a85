"""The papers that go with a slip: what is on them, that they fit, and that they stay readable without colour."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from portal.clock import ZONE
from portal.documents.companion_papers import companion_paper, companion_papers, placed_companion_paper
from portal.documents.companion_sheets import GRADES, RESULTS, SHEETS, SupervisionSheet
from portal.documents.hatching import hatched_band
from portal.documents.sheets import MatterLine
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind, UrgingColour
from tests.documents.companion_sheets import a_blank_companion_sheet, a_companion_sheet
from tests.documents.slip_sheets import fonts_of, page_texts, picture

KINDS = tuple(SHEETS)
FORMS = tuple(kind for kind in KINDS if kind not in NUMBERED_KINDS)
ORDERS = tuple(kind for kind in KINDS if kind in NUMBERED_KINDS)
LONG_TEXT = "".join(f"第{n}件是关于二期厂房用地验收办证的请求。" for n in range(1, 200))[:3000]
LONG = (MatterLine(ordinal=1, title="二期厂房", kind="问题", category="用地", detail=LONG_TEXT),)
RUNNING = re.compile(
    "(云溪区“民营企业接待日”[^（）]*(（异议）单)?[^（）]*（续页）)?示例数据[^（）]*第[0-9]页共[0-9]页打印时间：2027年1月8日10:32$"
)
FONTS = {"Portal-FangSong", "Portal-XiaoBiaoSong", "Portal-Hei"}


def text_of(sheet):
    return "".join(page_texts(companion_paper(sheet)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_typical_paper_is_one_page_under_its_own_heading(kind):
    (page,) = page_texts(companion_paper(a_companion_sheet(kind)))
    assert kind.label in page
    assert "云民接交〔2026〕15号" in page
    assert "第1页共1页" in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_without_anything_on_it_is_one_page_with_nothing_left_out(kind):
    (page,) = page_texts(companion_paper(a_blank_companion_sheet(kind)))
    assert "诉求事项" in page
    assert "None" not in page
    assert "草稿" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_three_thousand_characters_flow_on_under_the_repeated_number_and_none_is_lost(kind):
    sheet = a_companion_sheet(kind, matters=LONG)
    pages = page_texts(companion_paper(sheet))
    number = getattr(sheet, "number", "") or sheet.slip_number
    assert len(pages) > 1
    assert LONG_TEXT in "".join(RUNNING.sub("", page) for page in pages)
    for place, page in enumerate(pages, start=1):
        assert (f"{number}（续页）" in page) == (place > 1)
        assert f"第{place}页共{len(pages)}页" in page


@pytest.mark.parametrize("kind", KINDS)
def test_every_font_is_in_the_file(kind):
    fonts = fonts_of(companion_paper(a_companion_sheet(kind)))
    assert set(fonts) >= FONTS
    assert all(fonts.values())


@pytest.mark.parametrize("kind", KINDS)
def test_rare_characters_are_printed(kind):
    name = "㛃䶮𬭎𠅤有限公司"
    assert name in text_of(a_companion_sheet(kind, enterprise_name=name))


def test_a_character_no_face_has_is_refused_by_name():
    with pytest.raises(RuleBroken, match="😀") as refusal:
        companion_paper(a_companion_sheet(PaperKind.REMINDER, enterprise_name="笑😀公司"))
    assert refusal.value.field == "enterprise_name"


def test_a_character_no_face_has_is_found_in_a_whole_batch_before_anything_is_set():
    good = a_companion_sheet(PaperKind.REMINDER)
    with pytest.raises(RuleBroken, match="😀"):
        companion_papers([good, replace(good, contact="😀")])


@pytest.mark.parametrize("kind", ORDERS)
def test_an_order_names_its_own_number_addressee_dates_and_copies(kind):
    page = text_of(a_companion_sheet(kind))
    for words in (
        "云民接督〔2027〕2号",
        "区住房和城乡建设局：",
        "2027年1月15日前",
        "2027年1月6日（15个工作日）",
        "抄送：区委督查室，区政府督查室。",
        "2027年1月8日印发",
        "签收人",
        "联系方式：区工商联办公室0830-4291234",
    ):
        assert words in page


def test_an_order_goes_to_whom_it_names_rather_than_to_the_lead_unit():
    assert "安富街道办事处：" in text_of(a_companion_sheet(PaperKind.TRANSFER, addressee="安富街道办事处"))


def test_a_reminder_says_how_late_it_is_or_that_the_date_is_near():
    late = text_of(a_companion_sheet(PaperKind.REMINDER))
    assert "现已逾期2个工作日" in late
    assert "时限临近" not in late
    near = text_of(a_companion_sheet(PaperKind.REMINDER, overdue=""))
    assert "时限临近" in near
    assert "逾期" not in near


@pytest.mark.parametrize("colour", UrgingColour)
def test_a_supervision_notice_says_its_colour_in_words_and_asks_what_its_colour_asks(colour):
    page = text_of(a_companion_sheet(PaperKind.SUPERVISION, colour=colour))
    asked = {UrgingColour.BLUE: "予以提醒", UrgingColour.YELLOW: "予以警示", UrgingColour.RED: "责令限期办结"}
    assert f"{colour.label}督办" in page
    for other, words in asked.items():
        assert (words in page) == (other is colour)


def test_an_office_may_call_a_colour_by_another_word():
    page = text_of(a_companion_sheet(PaperKind.SUPERVISION, colour=UrgingColour.YELLOW, colour_word="橙色"))
    assert "橙色督办" in page
    assert "黄色" not in page


def test_the_three_colours_are_told_apart_in_grey(tmp_path):
    ink = {}
    for colour in UrgingColour:
        sheet = a_companion_sheet(PaperKind.SUPERVISION, colour=colour)
        folder = tmp_path / colour
        folder.mkdir()
        page = picture(companion_paper(sheet), folder, 144)
        dots = [page.dots[row * page.width + column] for row in range(242, 268) for column in range(200, 470)]
        ink[colour] = sum(dot < 160 for dot in dots) / len(dots)
    assert 0.1 < ink[UrgingColour.YELLOW] < ink[UrgingColour.BLUE] < 0.8 * ink[UrgingColour.RED], ink
    assert len({hatched_band(colour) for colour in UrgingColour}) == 3


def test_a_supervision_notice_names_its_colour_on_every_further_page():
    pages = page_texts(companion_paper(a_companion_sheet(PaperKind.SUPERVISION, matters=LONG)))
    assert all("红色云民接督〔2027〕2号（续页）" in page for page in pages[1:])


def test_a_numbered_paper_without_number_is_a_draft_and_a_blank_form_is_none():
    assert "草稿" in text_of(a_companion_sheet(PaperKind.TRANSFER, number=""))
    assert "草稿" not in text_of(a_companion_sheet(PaperKind.TRANSFER))
    assert "草稿" not in text_of(a_blank_companion_sheet(PaperKind.TRANSFER))
    assert "草稿" not in text_of(a_companion_sheet(PaperKind.CLOSING))


@pytest.mark.parametrize("kind", KINDS)
def test_void_and_sample_are_said_on_every_page(kind):
    pages = page_texts(companion_paper(a_companion_sheet(kind, is_void=True, matters=LONG)))
    assert all("示例数据" in page and "作废" in page for page in pages)
    real = text_of(a_companion_sheet(kind, is_sample=False))
    assert "示例数据" not in real
    assert "作废" not in real


def test_a_result_report_has_a_box_for_each_result_and_grade_and_ticks_one():
    page = text_of(a_companion_sheet(PaperKind.RESULT_REPORT))
    assert all(word in page for word in (*RESULTS, *GRADES))
    assert page.count("√") == 4  # result, answered, how, grade
    assert "√部分解决" in page
    assert "√满意" in page
    assert "√" not in text_of(a_blank_companion_sheet(PaperKind.RESULT_REPORT))


def test_results_and_grades_are_the_offices_own_words():
    page = text_of(a_companion_sheet(PaperKind.CLOSING, results=("已办成", "未办成"), result="已办成", grades=("好",)))
    assert "√已办成" in page
    assert "列入计划" not in page


def test_an_objection_ticks_several_reasons():
    sheet = a_companion_sheet(PaperKind.OBJECTION, ticked=("不属本单位职责", "其他原因"))
    page = text_of(sheet)
    assert "√1.不属本单位职责" in page
    assert "√7.其他原因" in page
    assert "√2." not in page


def test_the_chain_of_closing_stands_in_its_order():
    page = text_of(a_companion_sheet(PaperKind.CLOSING))
    chain = ["一、承办", "二、单位", "三、企业", "四、工商", "五、领导"]
    places = [page.index(word) for word in chain]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", FORMS)
def test_rows_that_wait_for_the_pen_take_the_room_that_is_left(kind):
    paper = placed_companion_paper(a_blank_companion_sheet(kind))
    end = paper.places["end-0"]
    assert paper.pages == 1
    assert end.bottom / 72 * 25.4 < 34
    assert paper.places["head" if kind is not PaperKind.LOOK_BACK else "enterprise"].height_mm > 14


def test_a_row_that_is_printed_does_not_grow():
    filled = placed_companion_paper(a_companion_sheet(PaperKind.CLOSING)).places
    assert filled["leader"].height_mm > filled["head"].height_mm + 5


def test_the_qr_code_leads_to_the_verify_page(tmp_path):
    for kind in (PaperKind.REMINDER, PaperKind.CLOSING):
        target = tmp_path / "page"
        (tmp_path / "paper.pdf").write_bytes(companion_paper(a_companion_sheet(kind)))
        subprocess.run(
            ["pdftoppm", "-r", "200", "-png", "-singlefile", tmp_path / "paper.pdf", target], check=True, timeout=60
        )
        assert decoded(target.with_suffix(".png")) == "HTTP://127.0.0.1:8000/VERIFY/K7QM4T2X9HWD"


def decoded(file):
    import zxingcpp  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    (code,) = zxingcpp.read_barcodes(Image.open(file).convert("L"))
    return code.text


def test_markup_in_a_field_is_text():
    page = text_of(a_companion_sheet(PaperKind.RESULT_REPORT, process="<b>办理</b>&nbsp;"))
    assert "<b>办理</b>&nbsp;" in page


def test_a_sheet_keeps_the_words_it_was_filled_with():
    sheet = a_companion_sheet(PaperKind.REMINDER, texts=(("body", "这是当时的正文。"), ("note", "当时的附注。")))
    page = text_of(sheet)
    assert "这是当时的正文。" in page
    assert "当时的附注。" in page
    assert "现予催办" not in page
    assert "催办单" in page


def test_words_left_open_are_lines_to_write_on():
    page = text_of(a_blank_companion_sheet(PaperKind.REMINDER))
    assert "＿" not in page
    assert "你单位牵头办理的，办结时限为，" in page


def test_a_batch_of_all_kinds_starts_each_on_its_own_page_and_counts_them_by_themselves():
    sheets = [a_companion_sheet(kind, matters=LONG if kind is PaperKind.REMINDER else ()) for kind in KINDS]
    pages = page_texts(companion_papers(sheets))
    assert [page for page in pages if "第1页" in page and "（续页）" not in page] == [
        page for page in pages if "（续页）" not in page
    ]
    assert sum("（续页）" not in page for page in pages) == len(sheets)
    assert sum("第2页" in page for page in pages) == 1


def test_a_long_batch_is_set_in_parts():
    sheets = [a_companion_sheet(PaperKind.REMINDER, number=f"云民接催〔2027〕{n}号") for n in range(1, 62)]
    pages = page_texts(companion_papers(sheets))
    assert [f"云民接催〔2027〕{n}号" in page for n, page in enumerate(pages, start=1)] == [True] * 61


def test_an_empty_batch_is_an_error():
    with pytest.raises(ValueError, match="no paper"):
        companion_papers([])


def test_the_same_sheet_gives_the_same_bytes_in_another_process():
    script = (
        "import sys; from tests.documents.companion_sheets import a_companion_sheet as a\n"
        "from portal.documents.companion_papers import companion_paper as p\n"
        "from portal.domain.paper_kinds import PaperKind as K\n"
        "sys.stdout.buffer.write(p(a(K.SUPERVISION)))"
    )
    root = Path(__file__).resolve().parents[2]
    other = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True, timeout=60).stdout
    assert other == companion_paper(a_companion_sheet(PaperKind.SUPERVISION))


def test_a_received_order_says_by_whom_and_when():
    at = datetime(2027, 1, 8, 15, 5, tzinfo=ZONE)
    page = text_of(a_companion_sheet(PaperKind.SUPERVISION, received_by="赵敏", received_at=at))
    assert "赵敏" in page
    assert "2027年1月8日15:05" in page


def test_a_very_long_heading_takes_two_lines_rather_than_running_off(tmp_path):
    heading = "云溪高新技术产业开发区“民营企业接待日”事项督促办理通知单（第三季度专项）"
    sheet = SupervisionSheet(texts=(("heading", heading),), issued_on=date(2027, 1, 8))
    assert heading in text_of(sheet)
    page = picture(companion_paper(sheet), tmp_path)
    assert page.darkest(page.width - 60, 0, page.width, page.height) == 255
