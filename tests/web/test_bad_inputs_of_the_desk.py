"""What people and scripts send that nobody should: refused clearly at the right field, or kept as the plain text it is.

Nothing typed is lost either way, nothing is registered by half, and nothing is ever carried out.
"""

import io
import json
import re
import struct
import subprocess
import zipfile
import zlib
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import func, select

from portal.documents.spreadsheets import spreadsheet
from portal.domain.bookings import BookingState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.services.booking_sheets import COLUMNS
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from tests.booking_orders import the_district
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.conftest import NOW
from tests.web.test_booking_form import ADDRESS, PDF, sent

LONG = "很长的名字" * 2000
RARE = "㛃䶮𬭎"
AUTHORISED = {"identity": "authorised_representative"}
HUGE = "9" * 20


@dataclass(frozen=True)
class Bad:
    """One bad form: what is sent instead, and what must be said beside which field."""

    name: str
    given: dict[str, Any]
    at: str
    words: str
    status: int = 422
    typed: tuple[str, ...] | None = None

    @property
    def kept(self) -> tuple[str, ...]:
        """What must still be on the page."""
        if self.typed is not None:
            return self.typed
        return tuple(it for it in self.given.values() if isinstance(it, str) and it)


def companions(count: int) -> dict[str, str]:
    return {f"companions-{number}-name": f"随行{number}" for number in range(count)}


def matters(count: int) -> dict[str, str]:
    given = {}
    for number in range(count):
        given |= {
            f"matters-{number}-kind": "problem",
            f"matters-{number}-category": "0301",
            f"matters-{number}-title": f"第{number}件事",
        }
    return given


FORMS = [
    Bad("a code too short", {"credit_code": "91510503MA00000X3"}, "credit_code", "应为 18 位，现为 17 位"),
    Bad("a code in Chinese", {"credit_code": "九一五一〇五〇三ＭＡ零零零零零Ｘ三Ｋ"}, "credit_code", "只含数字和大写字母"),
    Bad("a code that is SQL", {"credit_code": "91'; DROP TABLE x--"}, "credit_code", "只含数字和大写字母"),
    Bad("a code without end", {"credit_code": "9" * 10_000}, "credit_code", "最多 40 个字"),
    Bad("a telephone too short", {"visitor_phone": "1380000567"}, "visitor_phone", "应为 11 位"),
    Bad("a telephone in letters", {"visitor_phone": "call me maybe"}, "visitor_phone", "只能包含数字"),
    Bad("a telephone in other digits", {"visitor_phone": "١٣٨٠٠٠٠٥٦٧٨"}, "visitor_phone", "只能包含数字"),
    Bad("a telephone without end", {"visitor_phone": "1" * 10_000}, "visitor_phone", "最多 40 个字"),
    Bad("a telephone that is a formula", {"visitor_phone": "=1+1"}, "visitor_phone", "只能包含数字"),
    Bad("no name", {"enterprise_name": ""}, "enterprise_name", "请填写企业名称"),
    Bad("a name of blanks", {"enterprise_name": "　 \u2003 "}, "enterprise_name", "请填写企业名称", typed=()),
    Bad("a name nobody sees", {"enterprise_name": "\u200b\u200e\u2066\ufeff"}, "enterprise_name", "请填写企业名称", typed=()),
    Bad("a name of ten thousand signs", {"enterprise_name": LONG}, "enterprise_name", "最多 120 个字"),
    Bad("a visitor of ten thousand signs", {"visitor_name": LONG}, "visitor_name", "最多 40 个字"),
    Bad("a post of ten thousand signs", {"visitor_post": LONG}, "visitor_post", "最多 60 个字"),
    Bad("a place of ten thousand signs", {"registered_place": LONG}, "registered_place", "最多 200 个字"),
    Bad("a title of ten thousand signs", {"matters-0-title": LONG}, "matters-0-title", "最多 120 个字"),
    Bad("a story of ten thousand signs", {"matters-0-detail": LONG}, "matters-0-detail", "最多 4000 个字"),
    Bad("a reason of ten thousand signs", {"urgent_reason": LONG}, "urgent_reason", "最多 200 个字"),
    Bad("a smile in the name", {"enterprise_name": "安澜😀有限公司"}, "enterprise_name", "打印字体中没有这些字：“😀”"),
    Bad("a smile in the visitor", {"visitor_name": "申👨‍👩‍👧"}, "visitor_name", "打印字体中没有这些字"),
    Bad("a smile in the title", {"matters-0-title": "补贴💰未兑现"}, "matters-0-title", "打印字体中没有这些字"),
    Bad("a smile in the story", {"matters-0-detail": "请尽快🙏"}, "matters-0-detail", "打印字体中没有这些字"),
    Bad("a smile in a companion", {"companions-0-name": "随🙂"}, "companions-0-name", "打印字体中没有这些字"),
    Bad("signs of no script", {"enterprise_name": "安澜\ufffd\ue000有限公司"}, "enterprise_name", "打印字体中没有这些字", typed=("有限公司",)),
    Bad("no slot", {"slot": ""}, "slot", "请选择时段", typed=()),
    Bad("a slot below nothing", {"slot": "-1"}, "slot", "所选时段不存在", typed=()),
    Bad("a slot nobody made", {"slot": "424242"}, "slot", "所选时段不存在", typed=()),
    Bad("a slot that is a word", {"slot": "abc"}, "slot", "请", typed=()),
    Bad("a slot that is a fraction", {"slot": "1.5"}, "slot", "请", typed=()),
    Bad("an identity nobody offers", {"identity": "king"}, "identity", "请", typed=()),
    Bad("an origin nobody offers", {"origin": "heaven"}, "origin", "请", typed=()),
    Bad("a kind nobody offers", {"matters-0-kind": "joke"}, "matters-0-kind", "请", typed=()),
    Bad("a category nobody offers", {"matters-0-category": "9999"}, "matters-0-category", "请", typed=()),
    Bad("no category", {"matters-0-category": ""}, "matters-0-category", "请选择类别", typed=()),
    Bad("nothing to say", {"matters-0-title": "", "matters-0-detail": "", "matters-1-title": ""}, "matters", "至少填写一条诉求"),
    Bad("sixteen things to say", matters(16), "matters", "最多 15 条诉求"),
    Bad("six companions", companions(6), "companions", "最多 5 人"),
    Bad("a companion's wrong telephone", {"companions-0-name": "随示例", "companions-0-phone": "12"}, "companions-0-phone", "请检查"),
    Bad("a companion of ten thousand signs", {"companions-0-name": LONG}, "companions-0-name", "最多 40 个字"),
    Bad("a companion without a name", {"companions-0-post": "经理"}, "companions-0-name", "请填写姓名"),
    Bad("a representative without letter", AUTHORISED, "authorisation", "授权委托书", typed=()),
    Bad("a kept letter from elsewhere", AUTHORISED | {"authorisation_kept": "../../keys/data.key:委托书.pdf"}, "authorisation", "授权委托书", typed=()),
    Bad("a kept letter nobody sent", AUTHORISED | {"authorisation_kept": "0" * 64 + ":委托书.pdf"}, "authorisation", "授权委托书", typed=()),
    Bad("a walk-in on another day", {"origin": "walk_in"}, "origin", "只用于接待日当天", typed=()),
]  # fmt: skip


def zip_bomb() -> bytes:
    """A hundred megabytes of nothing in a few kilobytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    return made.getvalue()


def png(width: int = 1, height: int = 1, *, whole: bool = True) -> bytes:
    """A picture, its header truthful or not."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return head + (data + chunk(b"IEND", b"") if whole else data[: len(data) // 2])


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
LETTERS = [
    ("nothing", b"", "委托书.pdf", "是空的"),
    ("too much", b"%PDF-1.7" + b"0" * (10 * 2**20) + b"%%EOF", "委托书.pdf", "超过 10 MB"),
    ("a program renamed", b"MZ\x90\x00" + b"\0" * 500, "委托书.pdf", "的内容不是PDF、JPG 或 PNG"),
    ("a zip bomb renamed", zip_bomb(), "委托书.pdf", "的内容不是"),
    ("half a picture", png(whole=False), "委托书.png", "的内容不是"),
    ("a drawing that runs", SVG, "委托书.svg", "的内容不是"),
    ("a page renamed", b"<html><script>alert(1)</script></html>", "委托书.jpg", "的内容不是"),
    ("a moving picture", b"GIF89a" + b"\0" * 50, "委托书.png", "的内容不是"),
    ("a text", "委托书".encode(), "委托书.pdf", "的内容不是"),
    ("half a pdf", PDF[: len(PDF) // 2], "委托书.pdf", "的内容不是"),
]
TAKEN = [
    ("a name without end", PDF, "委" * 5000 + ".pdf", re.compile(r"委{1,116}\.pdf")),
    ("a path for a name", PDF, "../../../etc/cron.d/x.pdf", re.compile(r"x\.pdf")),
    ("a path of another system", PDF, "C:\\Users\\x\\委托书.pdf", re.compile(r"[^/\\]*委托书\.pdf")),
    ("a name written backwards", PDF, "委托\u202efdp.exe", re.compile(r"委托fdp\.pdf")),
    ("a name that is a page", PDF, "<img src=x onerror=alert(1)>.pdf", re.compile(r".*onerror.*\.pdf")),
    ("a pdf with a page in it", PDF.replace(b"endobj", b"<script>alert(1)</script>endobj"), "委托书.pdf", re.compile("委托书.pdf")),
    ("a pdf that calls itself a program", PDF, "委托书.exe", re.compile("委托书.pdf")),
]  # fmt: skip
HARMLESS = [
    ("SQL", "安澜'; DROP TABLE booking;--有限公司"),
    ("a script", "安澜<script>alert(1)</script>有限公司"),
    ("an attribute", '安澜" onmouseover="alert(1)有限公司'),
    ("a formula", "=HYPERLINK(\"http://x\",\"安澜有限公司\")"),
    ("a template", "安澜{{7*7}}{%raw%}${7*7}有限公司"),
    ("a format", "安澜%s%d{0}\\u0041有限公司"),
    ("rare signs", f"安澜{RARE}有限公司"),
]  # fmt: skip


@pytest.fixture
def slot(session):
    session.add_all([a_reception_day(slots=2), *the_district()])
    session.commit()
    return 1


@pytest.fixture
def office(sign_in, slot):
    return sign_in(Role.OFFICE)


def text(answer):
    return answer.get_data(as_text=True)


def handed_in(office, path, given):
    """Send a form with a file; the client keeps a large one in a file of its own, which is to be closed."""
    answer = office.post(path, data=given, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    return answer


def said_at(html, name):
    """The words beside a field, wherever the page draws its errors."""
    found = re.search(rf'<p class="[^"]*error" id="{re.escape(name)}-error">(.*?)</p>', html, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""


def listed(office):
    """The texts of the list as a spreadsheet; none of them may be a formula or a link."""
    data = office.get("/bookings/bookings.xlsx?day=2026-12-15").data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    sheets = "".join(part for name, part in parts.items() if name.startswith("xl/worksheets/"))
    assert "<f>" not in sheets
    assert "<hyperlink" not in sheets
    return [unescape(it) for part in parts.values() for it in re.findall(r"<t[^>]*>([^<]*)</t>", part)]


def registered(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(it)) for it in (Booking, Matter, StoredFile)]


@pytest.mark.parametrize("bad", FORMS, ids=lambda it: it.name)
def test_a_bad_form_is_refused_at_its_field_and_keeps_what_was_typed(office, session, slot, bad):
    answer = office.post(ADDRESS, data=sent(slot) | bad.given)
    html = text(answer)
    assert answer.status_code == bad.status, html[:3000]
    assert bad.words in said_at(html, bad.at), said_at(html, bad.at) or re.findall(r'id="([^"]+-error)"', html)
    shown = unescape(html)
    assert all(
        it in shown for it in ("协议约定的补贴尚未拨付。" if "matters-0-detail" not in bad.given else "", *bad.kept)
    )
    assert registered(session) == [0, 0, 0]


@pytest.mark.parametrize("name, written", HARMLESS, ids=[it[0] for it in HARMLESS])
def test_text_that_looks_dangerous_is_kept_as_the_text_it_is(office, session, slot, name, written):
    answer = office.post(ADDRESS, data=sent(slot, enterprise_name=written, **{"matters-0-title": written}))
    assert answer.status_code == 303, text(answer)[:2000]
    (enterprise,) = session.scalars(select(Enterprise)).all()
    shown = text(office.get(answer.location))
    assert enterprise.name in unescape(shown)
    assert "<script>alert" not in shown
    assert "49" not in unescape(shown).partition(enterprise.name)[0][-200:]
    texts = listed(office)
    assert any(enterprise.name in it for it in texts)


def test_rare_signs_are_printed(office, session, slot):
    answer = office.post(ADDRESS, data=sent(slot, enterprise_name=f"安澜{RARE}有限公司", visitor_name=RARE))
    assert answer.status_code == 303
    session.scalars(select(Booking)).one().state = BookingState.CONFIRMED
    session.commit()
    paper = office.get(f"{answer.location}/appointment-slip.pdf")
    assert paper.status_code == 200, text(paper)[:1000]
    told = subprocess.run(["pdftotext", "-", "-"], input=paper.data, capture_output=True, check=True).stdout.decode()
    assert all(sign in told for sign in RARE)


@pytest.mark.parametrize(
    "written, kept",
    [
        ("安澜\x00表单\x1b有限公司", "安澜表单有限公司"),
        ("安澜\u202e司公限有\u202c有限公司", "安澜司公限有有限公司"),
        ("\ufeff安澜\u200b零宽\u2060有限公司", "安澜零宽有限公司"),
        ("安澜  (集团)  有限公司", "安澜（集团）有限公司"),
    ],
    ids=["control", "bidi", "zero width", "blanks"],
)
def test_signs_nobody_sees_are_left_out(office, session, slot, written, kept):
    assert office.post(ADDRESS, data=sent(slot, enterprise_name=written)).status_code == 303
    assert session.scalars(select(Enterprise.name)).all() == [kept]


@pytest.mark.parametrize("name, data, file, words", LETTERS, ids=[it[0] for it in LETTERS])
def test_a_bad_file_is_refused_at_its_field_and_leaves_nothing(app, office, session, slot, name, data, file, words):
    given = sent(slot) | AUTHORISED | {"authorisation": (io.BytesIO(data), file)}
    answer = handed_in(office, ADDRESS, given)
    html = text(answer)
    assert answer.status_code == 422
    assert words in said_at(html, "authorisation"), said_at(html, "authorisation")
    assert "安澜表单企业有限公司" in html
    assert registered(session) == [0, 0, 0]


@pytest.mark.parametrize("name, data, file, kept", TAKEN, ids=[it[0] for it in TAKEN])
def test_a_file_with_a_bad_name_is_kept_under_a_good_one(app, office, session, slot, name, data, file, kept):
    given = sent(slot) | AUTHORISED | {"authorisation": (io.BytesIO(data), file)}
    answer = handed_in(office, ADDRESS, given)
    assert answer.status_code == 303, text(answer)[:2000]
    stored = session.scalars(select(StoredFile)).one()
    assert kept.fullmatch(stored.name), stored.name
    letter = office.post(f"{answer.location}/letter")
    assert letter.headers["Content-Type"] == "application/pdf"
    assert letter.headers["Content-Disposition"].startswith("attachment")
    assert letter.headers["X-Content-Type-Options"] == "nosniff"
    letter.close()


def test_an_upload_larger_than_anything_is_refused_before_it_is_read(office, session, slot):
    given = sent(slot) | {"authorisation": (io.BytesIO(b"0" * (33 * 2**20)), "委托书.pdf")}
    answer = handed_in(office, ADDRESS, given)
    assert (answer.status_code, "文件太大" in text(answer) or "文件超过" in text(answer)) == (413, True)
    assert registered(session) == [0, 0, 0]


def test_the_token_of_a_form_already_sent_leads_to_its_booking_and_registers_nothing(office, session, slot):
    first = office.post(ADDRESS, data=sent(slot, form_token="t" * 32))
    other = sent(slot + 1, form_token="t" * 32, enterprise_name="安澜别家有限公司", visitor_phone="13900000000")
    assert office.post(ADDRESS, data=other).location == first.location
    assert registered(session) == [1, 2, 0]


@pytest.mark.parametrize("token", ["x" * 10_000, "'; DROP TABLE seat;--", "令牌", "\x00", " "])
def test_a_token_nobody_gave_out_is_a_token_like_any_other(office, session, slot, token):
    answers = [office.post(ADDRESS, data=sent(slot, form_token=token)) for _ in range(2)]
    assert answers[0].status_code == 303
    assert registered(session)[0] == 1


@pytest.mark.parametrize(
    "given, status",
    [
        ({"remove_row": "-5"}, 200), ({"remove_row": HUGE}, 200), ({"remove_row": "x"}, 200),
        ({"pick_enterprise": "-1"}, 404), ({"pick_enterprise": "x"}, 404), ({"book_at": "-1"}, 422), ({"slot": HUGE}, 400),
    ],
)  # fmt: skip
def test_a_button_pressed_by_a_script_breaks_nothing(office, session, slot, given, status):
    assert office.post(ADDRESS, data=sent(slot) | given).status_code == status
    assert registered(session) == [0, 0, 0]


@pytest.mark.parametrize("day", ["2026-02-30", "heute", "2026-13-45", "", "0000-00-00", "'; DROP"])
def test_a_date_that_does_not_exist_is_said(office, slot, day):
    answer = office.get("/bookings/new", query_string={"day": day})
    assert (answer.status_code, "地址中的日期不正确" in text(answer)) == (404, True)


def test_text_in_a_wrong_encoding_is_never_guessed(office, session, slot):
    fields = {name: value for name, value in sent(slot).items() if name != "enterprise_name"}
    body = f"{urlencode(fields)}&enterprise_name={quote('安澜表单', encoding='gbk')}"
    assert office.post(ADDRESS, data=body, content_type="application/x-www-form-urlencoded").status_code == 303
    assert session.scalars(select(Enterprise.name)).all() == ["%B0%B2%C0%BD%B1%ED%B5%A5"], "as it came, to be corrected"


@pytest.fixture
def asks_everybody(session):
    session.add(OfficeSetting(name="id_number", value="everybody"))
    session.commit()


@pytest.mark.usefixtures("asks_everybody")
@pytest.mark.parametrize("id_number", ["510503199001011234", "1" * 41, "身份证", "<b>", ""])
def test_an_identity_number_that_is_none_is_refused_at_its_field(office, session, slot, id_number):
    answer = office.post(ADDRESS, data=sent(slot, visitor_id_number=id_number))
    assert answer.status_code == 422
    assert said_at(text(answer), "visitor_id_number")


# --- tables ------------------------------------------------------------------------


def table(**given):
    """An xlsx file with one enterprise."""
    row = {
        "时段": "09:00", "企业名称": "安澜表格有限公司", "注册地": "云山市安澜区人民路1号", "来访人": "申示例",
        "联系电话": "13800005678", "类别": "奖补资金", "诉求标题": "补贴尚未兑现",
    } | given  # fmt: skip
    return spreadsheet("预约", COLUMNS, [[row.get(it.label) or "" for it in COLUMNS]])


TABLES = [
    ("nothing", b"", "没有“企业名称”这一列"),
    ("a program", b"MZ\x90\x00" + b"\0" * 500, "表格"),
    ("a zip bomb", zip_bomb(), "表格"),
    ("half a workbook", table()[:400], "表格"),
    ("an old workbook that is none", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "表格"),
    ("a table of something else", "姓名,年龄\n申示例,30\n".encode(), "没有“企业名称”这一列"),
    ("a picture", png(), "表格"),
]
ROWS = [
    ("a name of ten thousand signs", {"企业名称": LONG}, "120"),
    ("no visitor", {"来访人": None}, "来访人"),
    ("a wrong telephone", {"联系电话": "12"}, "手机号码应为 11 位"),
    ("an hour there is not", {"时段": "25:99"}, "时段"),
    ("a slot there is not", {"时段": "03:00"}, "03:00"),
    ("a category there is not", {"类别": "不存在的类别"}, "诉求类别不认识"),
    ("a wrong code", {"统一社会信用代码": "123"}, "应为 18 位"),
    ("a smile", {"企业名称": "安澜😀有限公司"}, "打印字体中没有这些字"),
    ("an identity there is not", {"身份": "国王"}, "身份"),
    ("a number for a name", {"来访人": -1e300}, ""),
]


def hand_in(office, data, name="预约.xlsx"):
    given = {"file": (io.BytesIO(data), name)}
    return handed_in(office, "/bookings/import?day=2026-12-15", given)


@pytest.mark.parametrize("name, data, words", TABLES, ids=[it[0] for it in TABLES])
def test_a_file_that_is_no_table_is_refused_with_what_to_do(office, session, slot, name, data, words):
    answer = hand_in(office, data)
    assert answer.status_code == 422, text(answer)[:2000]
    assert words in unescape(text(answer))
    assert registered(session) == [0, 0, 0]


@pytest.mark.parametrize("name, given, words", ROWS, ids=[it[0] for it in ROWS])
def test_a_bad_row_is_named_and_nothing_is_registered(office, session, slot, name, given, words):
    answer = hand_in(office, table(**given))
    html = unescape(text(answer))
    assert answer.status_code in (200, 422), html[:2000]
    assert words in html
    assert registered(session) == [0, 0, 0]


@pytest.mark.parametrize(
    "rows", ["", "{", "[]", "[[1]]", '[["a","b"]]', "null", '[[1,["企业名称"]]]', "9" * 5000, "[" * 100_000]
)
def test_rows_that_nobody_looked_at_are_no_rows(office, session, slot, rows):
    assert office.post("/bookings/import/apply?day=2026-12-15", data={"rows": rows}).status_code == 400
    assert registered(session) == [0, 0, 0]


def test_a_formula_in_a_table_is_no_text_to_be_carried_out(office, session, slot):
    labels = [it.label for it in COLUMNS]
    row = dict.fromkeys(labels, "") | {
        "时段": "09:00", "企业名称": "=cmd|' /C calc'!A1", "注册地": "云山市安澜区人民路1号", "来访人": "申示例",
        "联系电话": "13800005678", "类别": "奖补资金", "诉求标题": "补贴尚未兑现",
    }  # fmt: skip
    given = {"rows": json.dumps([[1, labels], [2, [row[it] for it in labels]]])}
    assert office.post("/bookings/import/apply?day=2026-12-15", data=given).status_code == 303
    assert any("calc" in it for it in listed(office))


# --- the room ----------------------------------------------------------------------


@pytest.fixture
def room(session, sign_in):
    day = a_reception_day(state=DayState.ONGOING)
    booking = a_booking(day, an_enterprise(), state=BookingState.ARRIVED, arrived_at=NOW)
    session.add_all([day, booking, *the_district()])
    session.commit()
    return sign_in(Role.OFFICE), "/room/2026-12-15", booking.id


SCANS = [
    "",
    LONG,
    "<script>alert(1)</script>",
    "\x00\x1b[2J",
    "'; DROP TABLE booking;--",
    "9" * 5000,
    "-1",
    "１２３",
    RARE,
    "😀",
]


@pytest.mark.parametrize(
    "typed", SCANS, ids=["nothing", "long", "script", "control", "sql", "digits", "negative", "wide", "rare", "smile"]
)
def test_whatever_is_scanned_is_answered_in_words(room, typed):
    office, place, _ = room
    for headers in ({}, {"HX-Request": "true"}):
        answer = office.post(f"{place}/scan", data={"scan": typed}, headers=headers)
        assert answer.status_code in (200, 303, 404, 422), text(answer)[:1000]
        assert "<script>alert" not in text(answer)


@pytest.mark.parametrize("field", ["inquiry", "answer", "crux"])
def test_a_record_longer_than_any_is_refused_and_kept_on_the_page(room, field):
    office, _, booking = room
    assert office.post(f"/room/bookings/{booking}/start").status_code == 303
    answer = office.post(f"/room/bookings/{booking}/record", data={field: "长" * 200_000, "version": "0"})
    assert answer.status_code == 422
    assert "长" * 200_000 in text(answer)


PHOTOS = [
    ("a program", b"MZ\x90\x00" + b"\0" * 500, "x.jpg"),
    ("a drawing that runs", SVG, "x.svg"),
    ("half a picture", png(whole=False), "x.png"),
    ("a picture larger than the sky", png(60_000, 60_000), "x.png"),
    ("a pdf", PDF, "x.pdf"),
    ("nothing", b"", "x.png"),
]


def test_half_a_picture_is_refused_after_something_was_printed_as_well(room):
    office, place, booking = room
    assert office.get(f"/bookings/{booking}/appointment-slip.pdf").status_code in (200, 422)
    given = {"photos": (io.BytesIO(png(whole=False)), "x.png")}
    assert handed_in(office, f"{place}/photos", given).status_code == 422


@pytest.mark.parametrize("name, data, file", PHOTOS, ids=[it[0] for it in PHOTOS])
def test_a_photo_that_is_none_is_refused_by_its_name(room, session, name, data, file):
    office, place, _ = room
    given = {"photos": (io.BytesIO(data), file)}
    answer = handed_in(office, f"{place}/photos", given)
    assert answer.status_code == 422, text(answer)[:2000]
    assert file in text(answer)
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/bookings/-1",
        f"/bookings/{HUGE}",
        "/bookings/1e3",
        "/bookings/%00",
        "/bookings/..%2f..%2fetc",
        "/room/2026-02-30",
    ],
)
def test_an_address_nobody_gave_out_is_not_found(office, path):
    answer = office.get(path)
    assert (answer.status_code, "没有找到" in text(answer)) == (404, True)
