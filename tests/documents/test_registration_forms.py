"""The registration form on paper: blank on two sides, and filled in with anything from nothing to fifteen matters."""

import subprocess

import pytest

from portal.documents.day_sheets import FormMatter, RegistrationForm, RegistrationSheet
from portal.documents.registration_forms import registration_forms
from tests.documents.day_sheets import HEAD, LONG_NAME, RARE
from tests.documents.slip_sheets import page_texts, picture

WORDS = {
    "kinds": ("问题", "建议", "批评", "咨询", "投诉"),
    "identities": ("法定代表人", "授权代表"),
    "origins": ("企业申请", "工商联邀请", "现场"),
    "dispositions": ("现场答复办结", "交办", "不予受理"),
}
BLANK = RegistrationForm(serial="20261215-0900-01", code="20261215-0900-01")


def a_form(matters=2, **given):
    return RegistrationForm(
        **{
            "serial": "20261215-02",
            "code": "1234567890",
            "number": 2,
            "hours": "9:00—9:40",
            "enterprise": "安澜甲示例有限公司",
            "visitor": "申示例",
            "identity": "授权代表",
            "phone": "138****5678",
            "is_private": True,
            "matters": tuple(
                FormMatter(kind="建议", category="验收办证", title=f"第{n}件", detail="规划核实尚未完成。" * 9)
                for n in range(1, matters + 1)
            ),
            "units": ("区财政局",),
        }
        | given
    )


def a_sheet(*forms, **given):
    return RegistrationSheet(forms=forms, **(HEAD | WORDS | given))


def test_a_blank_form_is_a_leaf_with_two_sides_in_the_order_it_is_keyed_in():
    front, back = page_texts(registration_forms(a_sheet(BLANK)))
    parts = ("一、时段", "企业名称", "统一社会", "注册地", "来访人职务", "联系电话", "授权委托书", "随行人员", "来源", "破例理由",
             "三、诉求", "性质类别", "标题", "具体情况")  # fmt: skip
    assert [front.index(it) for it in parts] == sorted(front.index(it) for it in parts)
    parts = (
        "询问情况",
        "部门汇报",
        "问题症结",
        "解决思路",
        "现场答复",
        "五、到场单位",
        "六、处置",
        "记录人签名",
        "事后录入",
    )
    assert [back.index(it) for it in parts] == sorted(back.index(it) for it in parts)
    assert "20261215-0900-01（续）" in back
    assert "证件号码" not in front


def test_what_is_known_is_filled_in_and_ticked():
    front, back = page_texts(registration_forms(a_sheet(a_form(), asks_id_number=True)))
    for words in (
        "2号",
        "9:00—9:40",
        "安澜甲示例有限公司",
        "√授权代表",
        "√民营企业",
        "138****5678",
        "√建议",
        "类别：验收办证",
        "第2件",
        "证件号码",
    ):
        assert words in front
    assert "区财政局" in back


@pytest.mark.parametrize("units", [0, 1, 3, 4, 6])
def test_the_back_stays_one_page_with_the_units_of_an_ordinary_day(units):
    pages = page_texts(registration_forms(a_sheet(a_form(3, units=("安澜区发展和改革局",) * units))))
    assert len(pages) == 2


@pytest.mark.parametrize("matters", [5, 15])
def test_every_form_begins_on_the_front_of_a_leaf(matters):
    pages = page_texts(registration_forms(a_sheet(a_form(matters), BLANK)))
    first = [number for number, page in enumerate(pages) if "一、时段" in page]
    assert first[0] == 0
    assert first[1] > 2
    assert first[1] % 2 == 0
    assert f"第{matters}件" in "".join(pages)


def test_many_forms_are_one_file():
    assert len(page_texts(registration_forms(a_sheet(*[BLANK] * 30)))) == 60


def test_the_code_is_read_back_and_says_nothing_else(tmp_path):
    source = tmp_path / "form.pdf"
    source.write_bytes(registration_forms(a_sheet(a_form())))
    target = tmp_path / "form"
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", str(source), str(target)], check=True, timeout=60)
    read = subprocess.run(["zbarimg", "-q", "--raw", f"{target}.png"], capture_output=True, check=True, timeout=60)
    assert read.stdout.strip() == b"1234567890"


@pytest.mark.parametrize("name", [LONG_NAME, RARE])
def test_long_and_rare_names_stay_inside_the_type_area(tmp_path, name):
    pdf = registration_forms(a_sheet(a_form(enterprise=name, visitor=RARE, place=name, override_reason=name)))
    assert name in page_texts(pdf)[0]
    assert picture(pdf, tmp_path).darkest(int(196 / 210 * 595), 0, 595, 842) > 200


def test_no_form_nothing_to_print():
    with pytest.raises(ValueError, match="no form"):
        registration_forms(a_sheet())


def test_heading_and_note_are_the_offices_own_words_once_filled_in():
    sheet = a_sheet(BLANK, texts=(("heading", "安澜区来访接待登记表"), ("note", "注：本表一式两份。")))
    pages = page_texts(registration_forms(sheet))
    assert "安澜区来访接待登记表" in pages[0]
    assert "注：本表一式两份。" in "".join(pages)
