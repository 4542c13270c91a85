import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import RuleBroken
from portal.domain.numbering import Number, NumberRule, is_valid_number, number_text, parse_number

SLIPS = NumberRule("安民接交")
ORGANS = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)


def test_a_number_has_the_full_year_in_six_cornered_brackets_and_no_padding():
    assert number_text(SLIPS, 2026, 5) == "安民接交\u30142026\u30155号"


@given(ORGANS, st.integers(1949, 2999), st.integers(1, 999_999))
def test_every_number_reads_back_as_it_was_written(organ, year, serial):
    assert parse_number(number_text(NumberRule(organ), year, serial)) == Number(organ, year, serial)


@given(st.text(max_size=20))
def test_a_valid_number_is_written_in_exactly_one_way(text):
    if is_valid_number(text):
        number = parse_number(text)
        assert number_text(NumberRule(number.organ), number.year, number.serial) == text


@given(st.from_regex(r"安民接交[〔\[(（]?[0-9]{2,4}[〕\])）]?第?0?[0-9]{1,3}号", fullmatch=True))
def test_something_close_to_a_number_is_valid_only_in_that_one_way(text):
    if is_valid_number(text):
        number = parse_number(text)
        assert number_text(SLIPS, number.year, number.serial) == text


@pytest.mark.parametrize("text", ["安民接交〔2023〕5号", "民〔2026〕120号"])
def test_the_standard_form_is_valid(text):
    assert is_valid_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "安民接交[2023]5号",
        "安民接交(2023)第5号",
        "安民接交（2023）5号",
        "安民接交〔2023〕第5号",
        "安民接交〔2023〕05号",
        "安民接交〔2023〕0号",
        "安民接交〔23〕5号",
        "安民接交〔２０２３〕5号",
        "安民接交〔2023〕５号",
        "安民接交〔2023〕5",
        "安民接交〔2023〕5号\n",
        " 安民接交〔2023〕5号",
        "〔2023〕5号",
        "AM〔2023〕5号",
        "安民接交〔1900〕5号",
        "",
    ],
)
def test_other_forms_are_not(text):
    assert not is_valid_number(text)


def test_a_malformed_number_is_told_how_to_be_written():
    with pytest.raises(RuleBroken, match="应写作“安民接交〔2026〕5号”"):
        parse_number("安民接交[2026]5号")


@pytest.mark.parametrize("organ", ["", "AM", "安民 接交", "安民〔", "安" * 13])
def test_an_organ_code_is_chinese_characters_only(organ):
    with pytest.raises(RuleBroken, match="机关代字"):
        NumberRule(organ)


@pytest.mark.parametrize("year,serial", [(26, 1), (2026, 0), (2026, 1_000_000)])
def test_a_short_year_or_a_serial_out_of_range_is_refused(year, serial):
    with pytest.raises(RuleBroken, match="编号"):
        number_text(SLIPS, year, serial)
