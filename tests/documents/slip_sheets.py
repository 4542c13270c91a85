"""Invented slips to print, and ways to read what was printed."""

import io
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

from pypdf import PdfReader
from pypdfium2 import PdfDocument, PdfPage

from portal.clock import ZONE
from portal.documents.sheets import AssignmentSlipSheet, AssistingUnitLine, MatterLine, OfficialLine

MATTERS = (
    MatterLine(
        ordinal=1,
        kind="问题",
        category="奖补资金",
        title="及时拨付住房租赁市场发展试点财政奖补资金",
        flags=("个性", "A类"),
        detail="企业2024年建成人才公寓186套，已于2025年9月通过市级验收，应拨付412万元，至今到位150万元，影响后续项目推进。",
    ),
    MatterLine(
        ordinal=2,
        kind="问题",
        category="验收办证",
        title="加快一期项目竣工验收及不动产登记",
        flags=("个性",),
        detail="一期厂房2.3万平方米已竣工，因测绘数据差异，规划核实尚未完成，无法办理不动产权证和抵押融资。",
    ),
    MatterLine(
        ordinal=3,
        kind="建议",
        category="费用减免",
        title="在城市建设配套费上给予支持",
        flags=("共性",),
        detail="建议对工业项目二期扩建部分的配套费按政策予以缓缴或减免，并公布统一的办理流程。",
    ),
)


def a_slip_sheet(**changes: Any) -> AssignmentSlipSheet:
    """A slip of everyday length: three matters, three assisting units, the instruction still to be written."""
    fields: dict[str, Any] = {
        "heading": "云溪区“民营企业接待日”交办单",
        "number": "云民接交〔2026〕15号",
        "assigned_on": date(2026, 12, 15),
        "urgent": True,
        "hard": True,
        "enterprise_name": "云溪区恒泰精密机械制造有限公司",
        "credit_code": "91510503MA6XXXXX3K",
        "visitor_name": "陈俊豪",
        "visitor_post": "董事长",
        "visitor_identity": "法定代表人",
        "visitor_phone": "138****5678",
        "receivers": (OfficialLine(name="王建民", post="区委书记"), OfficialLine(name="赵立新", post="区委常委")),
        "received_at": datetime(2026, 12, 15, 9, 20, tzinfo=ZONE),
        "venue": "区工商联会议室",
        "matters": MATTERS,
        "prior_check": "区住建局：第二批资金已列入2026年预算。区自然资源规划分局：测绘差异约32平方米，可按竣工实测办理。",
        "proposal": "建议由区住建局牵头，会同区财政局、区自然资源规划分局、安富街道提出具体办理意见并答复企业。",
        "proposal_handler": "周敏",
        "proposal_head": "何志远",
        "signer": OfficialLine(name="孙国强", post="区长"),
        "lead_official": OfficialLine(name="刘晓梅", post="区委常委、常务副区长"),
        "lead_unit": "区住房和城乡建设局",
        "due_on": date(2027, 1, 6),
        "due_note": "15个工作日",
        "assisting_units": (
            AssistingUnitLine(name="区财政局", due_on=date(2026, 12, 25)),
            AssistingUnitLine(name="区自然资源规划分局"),
            AssistingUnitLine(name="安富街道办事处"),
        ),
        "requirements": "请于签收后三个工作日内与企业联系，办结后书面反馈。联系人：区工商联办公室 0830-4291234。",
        "copies_to": ("区委督查室", "区政府督查室"),
        "issuing_organ": "云溪区工商业联合会",
        "issued_on": date(2026, 12, 16),
        "verify_code": "K7QM-4T2X-9HWD",
        "verify_url": "HTTP://127.0.0.1:8000/VERIFY/K7QM4T2X9HWD",
        "is_sample": True,
        "printed_at": datetime(2026, 12, 16, 10, 32, tzinfo=ZONE),
    }
    return AssignmentSlipSheet(**(fields | changes))


def a_random_slip_sheet(seed: int) -> AssignmentSlipSheet:
    """A slip with anything from nothing to far too much in every field; the same seed gives the same slip."""
    random = Random(seed)
    source = (
        "关于企业项目建设用地规划验收办证财政奖补资金拨付问题，请有关部门研究解决。根据《若干措施》第八条规定，"
        "2026年12月已完成投资3500万元（含设备）；尚未办理ABC认证、ISO9001体系。"
    )

    def words(fewest: int, most: int) -> str:
        text = ""
        while len(text) < most:
            start = random.randrange(len(source))
            text += source[start : start + random.randint(2, 9)]
        return text[: random.randint(fewest, most)].strip("，。、；（") or "企业"

    def perhaps(text: str) -> str:
        return text if random.random() < 0.8 else ""

    return a_slip_sheet(
        enterprise_name=words(8, 45),
        venue=words(4, 30),
        matters=tuple(
            MatterLine(
                ordinal=number + 1, kind="问题", category="用地", title=words(6, 40), detail=perhaps(words(1, 120))
            )
            for number in range(random.randint(0, 5))
        ),
        prior_check=perhaps(words(1, 150)),
        proposal=perhaps(words(1, 120)),
        requirements=perhaps(words(1, 120)),
        instruction=perhaps(words(1, 100)),
        lead_official=OfficialLine(name="刘晓梅", post=words(3, 24)),
        lead_unit=perhaps(words(4, 16)),
        assisting_units=tuple(AssistingUnitLine(name=words(4, 14)) for _ in range(random.randint(0, 7))),
        copies_to=tuple(words(4, 8) for _ in range(random.randint(0, 6))),
    )


def page_texts(pdf: bytes) -> list[str]:
    """The text of every page without white space."""
    with closing(PdfDocument(pdf)) as document:
        return [_text_of(document[number]) for number in range(len(document))]


def _text_of(page: PdfPage) -> str:
    with closing(page), closing(page.get_textpage()) as text:
        return "".join(text.get_text_range().split())


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Every font named on the pages, and whether its file is in the PDF."""
    found: dict[str, bool] = {}
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            found[str(font["/BaseFont"]).partition("+")[2]] = "/FontFile2" in descriptor
    return found


@dataclass(frozen=True)
class Picture:
    """A page in grey: one byte a dot, 0 is black."""

    width: int
    height: int
    dots: bytes

    def darkest(self, left: int, top: int, right: int, bottom: int) -> int:
        """The darkest dot in a rectangle."""
        return min(min(self.dots[row * self.width + left : row * self.width + right]) for row in range(top, bottom))


def picture(pdf: bytes, folder: Path, dots_an_inch: int = 72) -> Picture:
    """Draw the first page with poppler, as a viewer would."""
    source, target = folder / "paper.pdf", folder / "paper"
    source.write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dots_an_inch), "-gray", "-singlefile", str(source), str(target)], check=True, timeout=60
    )
    kind, size, depth, dots = target.with_suffix(".pgm").read_bytes().split(b"\n", 3)
    assert (kind, depth) == (b"P5", b"255")
    width, height = map(int, size.split())
    return Picture(width, height, dots)
