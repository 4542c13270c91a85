import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.documents.assignment_slip import SLIPS_A_PART, assignment_slip, assignment_slips, placed_assignment_slip
from portal.documents.paper_texts import fill
from portal.documents.sheets import AssignmentSlipSheet, AssistingUnitLine, MatterLine, OfficialLine, ReceiptLine
from portal.documents.slip_fit import TYPE_SIZES, Reckoning, fit
from portal.documents.slip_words import values_of_slip, worded
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import PaperKind
from tests.documents.slip_sheets import a_random_slip_sheet, a_slip_sheet, fonts_of, page_texts, picture

ROOT = Path(__file__).resolve().parents[2]
LONGEST_NAME = "内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司云溪分公司"
EIGHT_UNITS = tuple(
    AssistingUnitLine(name=name, due_on=date(2026, 12, 20 + number))
    for number, name in enumerate(
        "区财政局 区自然资源规划分局 区应急管理局 区市场监督管理局 区生态环境局 区经济和信息化局 经济开发区管理委员会 安富街道办事处".split()
    )
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_typical_slip_is_one_page():
    assert len(page_texts(assignment_slip(a_slip_sheet()))) == 1


def test_a_slip_with_four_matters_and_an_instruction_is_one_page():
    matters = tuple(
        MatterLine(
            ordinal=number,
            kind="问题",
            category="用地",
            title="解决二期项目建设用地指标问题",
            detail="已完成备案和环评，尚缺用地指标12亩。" * 2,
        )
        for number in (1, 2, 3, 4)
    )
    sheet = a_slip_sheet(
        matters=matters, instruction="请晓梅同志牵头，召集相关部门，迅速落实到位。", signed_on=date(2026, 12, 15)
    )
    assert len(page_texts(assignment_slip(sheet))) == 1


def test_all_fonts_are_in_the_file():
    fonts = fonts_of(assignment_slip(a_slip_sheet(instruction="请迅速落实到位。")))
    assert {"Portal-FangSong", "Portal-XiaoBiaoSong", "Portal-Hei", "Portal-Kai"} <= set(fonts)
    assert all(fonts.values())


def test_everything_on_the_sheet_is_on_the_paper():
    sheet = a_slip_sheet(
        instruction="请晓梅同志牵头，召集相关部门，迅速落实到位。",
        signed_on=date(2026, 12, 17),
        receipts=(ReceiptLine(unit="区住房和城乡建设局", received_by="钱伟", received_at=a_slip_sheet().printed_at),),
    )
    (text,) = page_texts(assignment_slip(sheet))
    wanted = [
        sheet.heading, sheet.number, "2026年12月15日", sheet.enterprise_name, sheet.credit_code, sheet.visitor_name,
        sheet.visitor_post, sheet.visitor_identity, sheet.visitor_phone, "王建民", "赵立新", "2026年12月15日9:20",
        sheet.venue, "一、及时拨付", "二、加快一期", "三、在城市建设", "（问题·奖补资金·个性·A类）", "共性",
        sheet.prior_check, sheet.proposal, "承办人：周敏", "负责人：何志远", sheet.instruction, "2026年12月17日",
        sheet.lead_unit, "2027年1月6日", "15个工作日", "区财政局（12月25日前）、区自然资源规划分局、安富街道办事处",
        sheet.requirements, "钱伟", "2026年12月16日10:32", "抄送：区委督查室，区政府督查室。", sheet.issuing_organ,
        sheet.note, sheet.verify_code, "示例数据", "打印时间：2026年12月16日10:32",
    ]  # fmt: skip
    assert [piece for piece in wanted if squeezed(str(piece)) not in text] == []
    assert all(squeezed(matter.detail) in text for matter in sheet.matters)


def test_receiver_signer_lead_official_and_lead_unit_are_four_things():
    sheet = a_slip_sheet(
        receivers=(OfficialLine(name="甲甲甲", post="区委书记"),),
        signer=OfficialLine(name="乙乙乙", post="区长"),
        lead_official=OfficialLine(name="丙丙丙", post="副区长"),
        lead_unit="丁丁局",
    )
    (text,) = page_texts(assignment_slip(sheet))
    for label, value in (
        ("接待领导", "甲甲甲"),
        ("签批领导：", "乙乙乙"),
        ("牵头领导", "丙丙丙"),
        ("牵头单位", "丁丁局"),
    ):
        assert label + value in text


def test_two_thousand_characters_flow_on_and_none_is_lost():
    detail = "".join(f"第{number}项厂区外部道路与市政管网尚未贯通，雨季积水影响运输；" for number in range(1, 80))
    assert len(detail) > 2000
    sheet = a_slip_sheet(matters=(replace(a_slip_sheet().matters[0], detail=detail),))
    pages = page_texts(assignment_slip(sheet))
    assert len(pages) > 1
    margins = (f"{sheet.heading}{sheet.number}（续页）", "示例数据", "打印时间：2026年12月16日10:32", sheet.number)
    flow = ""
    for page in pages:
        for margin in margins:
            page = page.replace(squeezed(str(margin)), "")  # noqa: PLW2901
        flow += page
    assert detail in flow
    assert all(squeezed(text) in flow for text in (sheet.proposal, sheet.requirements, sheet.note))


def test_every_further_page_repeats_the_number():
    long = replace(a_slip_sheet().matters[0], detail="厂区外部道路尚未贯通，影响运输。" * 150)
    first, *further = page_texts(assignment_slip(a_slip_sheet(matters=(long,))))
    assert further
    assert "（续页）" not in first
    assert all("云溪区“民营企业接待日”交办单云民接交〔2026〕15号（续页）" in page for page in further)


def test_in_a_batch_only_further_pages_say_so():
    long = replace(a_slip_sheet().matters[0], detail="厂区外部道路尚未贯通，影响运输。" * 150)
    sheets = [
        a_slip_sheet(number="甲〔2026〕1号"),
        a_slip_sheet(number="乙〔2026〕2号", matters=(long,)),
        a_slip_sheet(number="丙〔2026〕3号"),
    ]
    pages = page_texts(assignment_slips(sheets))
    assert ["（续页）" in page for page in pages] == [False, False, *[True] * (len(pages) - 3), False]
    assert len(pages) > 3
    assert all("乙〔2026〕2号（续页）" in page for page in pages[2:-1])
    assert "甲〔2026〕1号" not in pages[1]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"instruction": "请晓梅同志牵头，召集相关部门，迅速落实到位。"},
        {"instruction": "请逐项研究。" * 60},
        {"enterprise_name": LONGEST_NAME, "assisting_units": EIGHT_UNITS},
        {"number": None, "matters": (), "prior_check": "", "proposal": "", "lead_unit": "", "assisting_units": ()},
    ],
)
def test_the_instruction_box_is_at_least_60_mm_high(changes):
    place = placed_assignment_slip(a_slip_sheet(**changes)).places["instruction"]
    assert place.height_mm >= 60
    assert place.right - place.left > 140 / 25.4 * 72


def test_an_empty_instruction_box_is_white_for_the_pen(tmp_path):
    paper = placed_assignment_slip(a_slip_sheet(instruction=""))
    place = paper.places["instruction"]
    drawn = picture(paper.pdf, tmp_path, 72)
    top, bottom = round(drawn.height - place.top) + 1, round(drawn.height - place.bottom)
    signing_line = round(9 / 25.4 * 72)
    assert drawn.darkest(round(place.left) + 1, top, round(place.right) - 1, bottom - signing_line) == 255
    assert drawn.darkest(round(place.left) + 1, bottom - signing_line, round(place.right) - 1, bottom) < 128


def test_a_long_instruction_does_not_run_into_the_signature():
    sheet = a_slip_sheet(instruction="请晓梅同志牵头，逐项研究，迅速落实到位。" * 16)
    places = placed_assignment_slip(sheet).places
    lines = -(-len(sheet.instruction) // 28)
    room = places["instruction"].top - places["signature"].top
    assert room >= lines * 15 * 1.5


def test_a_signature_written_on_screen_is_on_the_paper(tmp_path):
    stroke = tuple((float(x), float(x % 7)) for x in range(0, 90, 3))
    blank = placed_assignment_slip(a_slip_sheet(signed_on=date(2026, 12, 15)))
    signed = placed_assignment_slip(a_slip_sheet(signed_on=date(2026, 12, 15), signature=(stroke,)))

    def ink(paper):
        place, drawn = paper.places["signature"], picture(paper.pdf, tmp_path, 72)
        # to the right of the word 签名
        return drawn.darkest(
            round(place.left) + 45,
            round(drawn.height - place.top),
            round(place.right) - 1,
            round(drawn.height - place.bottom),
        )

    assert ink(blank) == 255
    assert ink(signed) < 128


def test_the_qr_code_leads_to_the_verify_page(tmp_path):
    sheet = a_slip_sheet()
    (tmp_path / "slip.pdf").write_bytes(assignment_slip(sheet))
    subprocess.run(
        ["pdftoppm", "-r", "200", "-gray", "-singlefile", "-png", "slip.pdf", "slip"],
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "slip.png"], cwd=tmp_path, check=True, capture_output=True, timeout=60
    )
    assert read.stdout.decode().strip() == sheet.verify_url


def test_a_draft_says_so_and_has_no_code():
    draft = a_slip_sheet(number=None, verify_url="", verify_code="", lead_unit="", assisting_units=())
    (text,) = page_texts(assignment_slip(draft))
    assert "编号草稿" in text
    assert "草稿（未编号）" in text
    assert "单位签收人签收时间" in text


def test_a_void_slip_says_so():
    (text,) = page_texts(assignment_slip(a_slip_sheet(is_void=True)))
    assert text.count("作废") == 2
    assert "作废" not in page_texts(assignment_slip(a_slip_sheet()))[0]


def test_a_slip_that_is_not_a_sample_does_not_say_so():
    assert "示例数据" not in page_texts(assignment_slip(a_slip_sheet(is_sample=False)))[0]


def test_every_unit_gets_a_line_to_sign_for():
    (text,) = page_texts(assignment_slip(a_slip_sheet(assisting_units=EIGHT_UNITS, matters=a_slip_sheet().matters[:1])))
    assert all(text.count(unit.name) >= 2 for unit in EIGHT_UNITS)


def test_the_longest_name_is_printed_whole():
    (text,) = page_texts(assignment_slip(a_slip_sheet(enterprise_name=LONGEST_NAME)))
    assert LONGEST_NAME in text


def test_rare_characters_are_printed_and_in_the_file():
    sheet = a_slip_sheet(
        visitor_name="䶮𬭎㛃", enterprise_name="堃玥珺喆（𠅤）科技有限公司", instruction="请曌赟同志牵头。"
    )
    pdf = assignment_slip(sheet)
    (text,) = page_texts(pdf)
    assert all(piece in text for piece in (sheet.visitor_name, sheet.enterprise_name, sheet.instruction))
    assert fonts_of(pdf)["Portal-Rare"] is True


@pytest.mark.parametrize(
    "changes,field",
    [
        ({"visitor_name": "张\U0002a6a5"}, "visitor_name"),
        ({"matters": (MatterLine(ordinal=1, title="问题", detail="😀"),)}, "matters"),
        ({"lead_official": OfficialLine(name="刘\U0002a6a5")}, "lead_official"),
    ],
)
def test_a_character_no_face_has_is_refused_by_name_before_printing(changes, field):
    with pytest.raises(RuleBroken, match=r"U\+(2A6A5|1F600)") as refusal:
        assignment_slip(a_slip_sheet(**changes))
    assert refusal.value.field == field
    with pytest.raises(RuleBroken):
        assignment_slips([a_slip_sheet(), a_slip_sheet(**changes)])


def test_markup_in_a_field_is_text():
    name = "<b>恒泰</b>&amp;<script>x</script>"
    (text,) = page_texts(assignment_slip(a_slip_sheet(enterprise_name=name)))
    assert name in text


def test_a_batch_is_one_pdf_with_a_page_for_each_slip_set_in_parts():
    numbers = [f"云民接交〔2026〕{number}号" for number in range(1, SLIPS_A_PART + 2)]
    short = a_slip_sheet(matters=(), prior_check="", proposal="", requirements="", verify_url="")
    pdf = assignment_slips([replace(short, number=number) for number in numbers])
    pages = page_texts(pdf)
    assert [number in page for number, page in zip(numbers, pages, strict=True)] == [True] * len(numbers)
    reader = PdfReader(io.BytesIO(pdf))
    files = {page["/Resources"]["/Font"].indirect_reference.idnum for page in reader.pages}
    assert len(files) == 2
    assert SLIPS_A_PART <= 100


def test_an_empty_batch_is_an_error():
    with pytest.raises(ValueError, match="no slip"):
        assignment_slips([])


def test_title_language_and_date_are_in_the_file():
    reader = PdfReader(io.BytesIO(assignment_slip(a_slip_sheet())))
    assert reader.metadata.title == "云溪区“民营企业接待日”交办单 云民接交〔2026〕15号"
    assert reader.metadata.creation_date == a_slip_sheet().printed_at
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_a_sheet_without_print_time_has_no_date_in_the_file():
    reader = PdfReader(io.BytesIO(assignment_slip(a_slip_sheet(printed_at=None))))
    assert reader.metadata.creation_date is None
    assert "打印时间" not in "".join(page_texts(assignment_slip(a_slip_sheet(printed_at=None))))


def test_the_same_sheet_gives_the_same_bytes_in_another_process():
    program = (
        "import hashlib; from tests.documents.slip_sheets import a_slip_sheet;"
        "from portal.documents.assignment_slip import assignment_slip;"
        "print(hashlib.sha256(assignment_slip(a_slip_sheet())).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=90)
    assert other.stdout.decode().strip() == hashlib.sha256(assignment_slip(a_slip_sheet())).hexdigest()


def test_a_changed_sheet_gives_other_bytes():
    assert assignment_slip(a_slip_sheet()) != assignment_slip(a_slip_sheet(visitor_phone="13812345678"))


def test_ten_threads_at_once_print_the_same_from_the_first_slip_on():
    program = (
        "import hashlib; from concurrent.futures import ThreadPoolExecutor as Threads;"
        "from tests.documents.slip_sheets import a_slip_sheet;"
        "from portal.documents.assignment_slip import assignment_slip;"
        "sheets = [a_slip_sheet(number=f'甲〔2026〕{number}号') for number in range(10)];"
        "print(*(hashlib.sha256(pdf).hexdigest() for pdf in Threads(10).map(assignment_slip, sheets)))"
    )
    other = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=90)
    alone = [assignment_slip(a_slip_sheet(number=f"甲〔2026〕{number}号")) for number in range(10)]
    assert other.stdout.decode().split() == [hashlib.sha256(pdf).hexdigest() for pdf in alone]


@pytest.mark.parametrize("seed", range(16))
def test_a_slip_reckoned_to_fit_one_page_does(seed):
    sheet = a_random_slip_sheet(seed)
    paper = placed_assignment_slip(sheet)
    assert paper.places["instruction"].height_mm >= 60
    assert paper.pages == Reckoning(sheet, TYPE_SIZES[-1]).pages()


def test_a_slip_with_a_reserved_number_and_nothing_else_is_one_page_of_boxes_for_the_pen():
    blank = AssignmentSlipSheet(
        heading="云溪区“民营企业接待日”交办单", number="云民接交〔2026〕16号", enterprise_name="", visitor_name=""
    )
    paper = placed_assignment_slip(blank)
    (page,) = page_texts(paper.pdf)
    assert "云民接交〔2026〕16号" in page
    assert "草稿" not in page
    assert fit(blank).matters_mm > 30
    assert fit(blank).blank_mm > 10
    assert fit(blank).receipt_mm >= 8
    assert paper.places["instruction"].height_mm >= 60


def test_labels_are_the_offices_own_words_once_filled_in():
    sheet = a_slip_sheet()
    texts = {"heading": "{区县}交办通知单", "label_instruction": "批示", "label_due_on": "时限", "note": ""}
    values = values_of_slip(sheet, district="云溪区", contact="")
    page = "".join(page_texts(assignment_slip(worded(sheet, fill(PaperKind.SLIP, texts, values)))))
    assert "云溪区交办通知单" in page
    assert "办结时限" not in page
    assert "领导批示" not in page
    assert "反映人" in page
    assert "此单随办理全过程运转" not in page


def test_a_slip_in_the_standard_words_is_the_same_paper():
    sheet = a_slip_sheet()
    filled = fill(PaperKind.SLIP, {}, values_of_slip(sheet, district="云溪区", contact=""))
    assert assignment_slip(worded(sheet, filled)) == assignment_slip(sheet)
