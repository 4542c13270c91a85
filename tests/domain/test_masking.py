import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.masking import mask_id, mask_name, mask_numbers, mask_phone, mask_speaker

DIGITS = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize(
    "text,shown",
    [
        ("13812345678", "138****5678"),
        ("0830-4291234", "0830-***1234"),
        ("010-65291234", "010-****1234"),
        ("4291234", "***1234"),
        ("0830-4291234-12", "0830-***1234***"),
        ("4008001234", "********34"),
        ("12345", "***45"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_a_phone_number_hides_its_middle(text, shown):
    assert mask_phone(text) == shown


@pytest.mark.parametrize(
    "text,shown",
    [
        ("51000019900101123X", "510000********123X"),
        ("510000900101123", "510000*****1123"),
        ("E12345678", "*******78"),
        ("", ""),
    ],
)
def test_an_identity_number_shows_its_first_six_and_last_four(text, shown):
    assert mask_id(text) == shown


@pytest.mark.parametrize(
    "text,shown",
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳某", "欧阳*"),
        ("欧阳某某", "欧阳**"),
        ("尉迟", "尉*"),
        ("张", "张"),
        ("", ""),
    ],
)
def test_a_name_shows_its_surname(text, shown):
    assert mask_name(text) == shown


@given(DIGITS)
def test_masking_hides_at_least_a_third_and_invents_nothing(text):
    for mask in (mask_phone, mask_id):
        shown = mask(text)
        assert len(shown) == len(text)
        assert shown.count("*") * 3 >= len(text)
        assert all(sign in ("*", real) for sign, real in zip(shown, text, strict=True))


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_two_numbers_that_differ_only_inside_look_the_same(number):
    twin = number[:3] + "0000" + number[-4:]
    assert mask_phone(number) == mask_phone(twin)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("电话13800138000，请回电", "电话138****8000，请回电"),
        ("证件51000019800101123X。", "证件510000********123X。"),
        ("合同编号2026001380013800012", "合同编号2026001380013800012"),
        ("没有号码", "没有号码"),
    ],
)
def test_numbers_inside_a_text_are_masked_and_nothing_else(text, shown):
    assert mask_numbers(text) == shown


def test_a_speaker_keeps_the_post_and_loses_the_name():
    assert mask_speaker("王示例 总经理") == "王** 总经理"
    assert mask_speaker("王示例") == "王**"
